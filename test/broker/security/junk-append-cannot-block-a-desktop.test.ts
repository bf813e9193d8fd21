// Whatever a stranger or a broken desktop sends, every other desktop's records are taken at once, and so are its own
// true ones: junk is refused without a trace, and uses up nobody's calls but the sender's own.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { type AppendBody, MAX_APPEND_BYTES, MAX_APPENDED_RECORDS } from '#shared/contracts/audit-api.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { CONFIG } from '#test/support/world-files.ts';

const URL_OF_APPEND = `${BASE_URL}/v1/audit/append`;
const A_MINUTE = 8;

let world: World;
beforeAll(async () => {
  world = await openWorld({ config: CONFIG.replace('appendsPerMinute: 1000000', `appendsPerMinute: ${A_MINUTE}`) });
});
afterAll(async () => await world.close());

type Desktop = { readonly client: BrokerClient; readonly log: DesktopLog };
let count = 0;
/** A desktop that nobody had before, with a log of its own. */
async function desktop(user = 'ana'): Promise<Desktop & { readonly name: string }> {
  count += 1;
  const name = `desk-${count}`;
  const client = await world.as(user, name);
  return { client, name, log: createDesktopLog(signerOfDevice(await world.deviceKey(user, name))) };
}

/** Its next records are taken. */
async function syncs({ client, log }: Desktop): Promise<void> {
  const from = log.records.length;
  log.add(...numbered(from, from + 3));
  expect(expectOk(await client.appendAudit(await log.batch(from, from + 3))).next).toBe(from + 3);
}

async function stored(): Promise<{ records: number; forks: number; ledger: number }> {
  const { read } = world.store();
  const number = async (table: 'desktop_records' | 'desktop_forks'): Promise<number> =>
    Number(
      (
        await read
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    );
  return {
    records: await number('desktop_records'),
    forks: await number('desktop_forks'),
    ledger: await world.broker().ledger.settled(),
  };
}

type Proof = { readonly user: string; readonly name: string };

async function send(body: unknown, by: string | null, proof: Proof | string | null): Promise<number> {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (proof !== null) headers.set('dpop', typeof proof === 'string' ? proof : await proofOf(proof));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (await world.call(new Request(URL_OF_APPEND, { method: 'POST', headers, body: text }), by)).status;
}

async function proofOf({ user, name }: Proof): Promise<string> {
  const call = { method: 'POST', url: URL_OF_APPEND, nowMs: world.clock.now() };
  return await signDeviceProof({ key: await world.deviceKey(user, name), ...call });
}

/** What one can send with somebody's own device and key that is no log of it. */
function junkOf(log: DesktopLog, of: AppendBody): Readonly<Record<string, unknown>> {
  const signed = (size: number, root = randomBytes(32)): string =>
    signCheckpoint({ origin: log.origin, size, root }, log.signer);
  return {
    'no JSON': '{'.repeat(1000),
    'nothing of a batch': { records: 'all' },
    'JSON of endless depth': `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    'a giant body': 'x'.repeat(MAX_APPEND_BYTES + 1),
    'too many records': { ...of, records: Array.from({ length: MAX_APPENDED_RECORDS + 1 }, () => of.records[0]) },
    'a giant record': { ...of, records: [canonicalJson({ a: '€'.repeat(4000) })] },
    'signed rubbish': { ...of, records: ['{"a":1}'], checkpoint: signed(of.firstSeq + 1) },
    'a note of lone surrogates': { ...of, checkpoint: '\ud800\n1\n' },
    'a place in the far future': { ...of, firstSeq: 2 ** 40, checkpoint: signed(2 ** 40 + of.records.length) },
    'an epoch in the far future': { ...of, epoch: 999_999, firstSeq: 0, checkpoint: signed(of.records.length) },
    'a proof of random hashes': {
      ...of,
      consistency: Array.from({ length: 64 }, () => randomBytes(32).toString('base64')),
    },
    'another desktop’s name': { ...of, origin: outboxOrigin(logSigner(randomBytes(32)).publicKey.thumbprint) },
  };
}

describe('junk-append-cannot-block-a-desktop', () => {
  it('of its own device is refused without a trace, and its true log goes on where it was', async () => {
    const [broken, other] = [await desktop(), await desktop()];
    await syncs(broken);
    broken.log.add(...numbered(3, 6));
    const honest = await broken.log.batch(3, 6);
    const before = await stored();
    for (const [what, body] of Object.entries(junkOf(broken.log, honest))) {
      world.clock.advance(60_000);
      const status = await send(body, 'ana', { user: 'ana', name: broken.name });
      expect(status, what).toBeGreaterThanOrEqual(400);
      expect(status, what).toBeLessThan(500);
    }
    expect(await stored()).toEqual(before);
    expect(expectOk(await broken.client.appendAudit(honest)).next).toBe(6);
    await syncs(other);
  });

  it('without end uses up the calls of its own device, and of no other desktop, be it the same person’s', async () => {
    const [broken, same, others] = [await desktop(), await desktop(), await desktop('max')];
    const statuses: number[] = [];
    for (let round = 0; round < A_MINUTE + 3; round += 1)
      statuses.push(await send('{}', 'ana', { user: 'ana', name: broken.name }));
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    await syncs(same);
    await syncs(others);
    // And its own true log, as soon as it lets off.
    world.clock.advance(60_000);
    await syncs(broken);
  });

  it('in the name of another desktop, by who does not have its key, uses up nothing of it', async () => {
    const victim = await desktop();
    await syncs(victim);
    const stolen = await proofOf({ user: 'ana', name: victim.name });
    const forged = `${stolen.slice(0, -8)}${stolen.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`;
    const batch = await victim.log.batch(0, 3);
    for (const by of ['ana', 'max', null])
      for (let round = 0; round < 2 * A_MINUTE; round += 1)
        expect(await send(batch, by, forged)).toBeGreaterThanOrEqual(400);
    // Somebody else with a true proof: used once it is used up, and never enrolled for them.
    for (let round = 0; round < 2 * A_MINUTE; round += 1)
      expect(await send(batch, 'max', stolen)).toBeGreaterThanOrEqual(400);
    await syncs(victim);
  });

  it('of strangers, of devices that nobody enrolled and without any proof, keeps nobody waiting', async () => {
    const victim = await desktop();
    const before = await stored();
    const body = await (async () => {
      const log = createDesktopLog(signerOfDevice(await world.deviceKey('ana', 'never-enrolled')));
      log.add(...numbered(0, 1));
      return await log.batch(0, 1);
    })();
    for (let round = 0; round < 2 * A_MINUTE; round += 1) {
      expect(await send(body, null, null)).toBeGreaterThanOrEqual(400);
      expect(await send(body, 'ana', null)).toBeGreaterThanOrEqual(400);
      expect(await send(body, 'ana', randomUUID())).toBeGreaterThanOrEqual(400);
      expect(await send(body, 'ana', { user: 'ana', name: 'never-enrolled' })).toBeGreaterThanOrEqual(400);
    }
    expect(await stored()).toEqual(before);
    await syncs(victim);
  });

  it('at the same time as true records, of many at once, leaves these whole', async () => {
    const [broken, one, two] = [await desktop(), await desktop(), await desktop('max')];
    await syncs(broken);
    broken.log.add(...numbered(3, 4));
    const junk = Object.values(junkOf(broken.log, await broken.log.batch(3, 4)));
    const attack = junk.map(async (body) => await send(body, 'ana', { user: 'ana', name: broken.name }));
    await Promise.all([syncs(one), syncs(two), ...attack]);
    await syncs(one);
    await syncs(two);
  });
});
