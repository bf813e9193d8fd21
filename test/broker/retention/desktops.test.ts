// What desktops sent is pruned by the rules of the ledger: by when it came, never what is held, runs or is evidence; and
// what depends on the logs goes on as before.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pruneDesktops } from '#broker/retention/prune-desktops.ts';
import type { PruneDeps } from '#broker/retention/prune-words.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
let client: BrokerClient;
let log: DesktopLog;
let device = 0;
beforeAll(async () => {
  world = await openWorld({ config: `${CONFIG}retention: { records: P60D }\n` });
});
afterAll(async () => await world.close());
/** Each test has a device, so a log, of its own. */
beforeEach(async () => {
  device += 1;
  client = await world.as('ana', `laptop-${device}`);
  log = createDesktopLog(signerOfDevice(await world.deviceKey('ana', `laptop-${device}`)));
});

/** By the configuration, as the broker does by itself. */
async function prune(): Promise<void> {
  await world.broker().runDue();
  expect(world.troubles).toEqual([]);
}

async function append(to: DesktopLog, from: number, until: number): Promise<number> {
  return expectOk(await client.appendAudit(await to.batch(from, until))).next;
}

/** So many days on, through which the ledger was written: a clock that only jumped there makes nothing old. */
async function later(days: number): Promise<void> {
  world.clock.advance((days - 2) * DAY_MS);
  await world.broker().runDue();
  await world.broker().ledger.settled();
  world.clock.advance(2 * DAY_MS);
}

/** Which records of the log are whole there, by number. */
async function whole(epoch = 1): Promise<readonly number[]> {
  const rows = await world
    .store()
    .read.selectFrom('desktop_records')
    .select(['sequence', 'canonical'])
    .where('origin', '=', log.origin)
    .where('epoch', '=', epoch)
    .orderBy('sequence')
    .execute();
  return rows.flatMap(({ sequence, canonical }) => (canonical.startsWith('{"leaf":') ? [] : [Number(sequence)]));
}

const about = (over: Partial<OutboxEvent>): OutboxEvent =>
  ({ ...OUTBOX_SAMPLES['copy.missing'], ...over }) as OutboxEvent;

describe('records that desktops sent', () => {
  it('go by when they came, and the log goes on: known ones are known, forks are found, ids are told', async () => {
    log.add(...numbered(0, 300), ...numbered(300, 600));
    const fork = createDesktopLog(log.signer, { salt: 'other' });
    fork.add(...numbered(0, 400));
    await append(log, 0, 300);
    world.clock.advance(59 * DAY_MS);
    await append(log, 300, 500);
    await prune();
    expect(await whole()).toHaveLength(500);
    world.clock.advance(2 * DAY_MS);
    await prune();
    expect(await whole()).toEqual(Array.from({ length: 200 }, (_, index) => 300 + index));
    const [told] = await world
      .broker()
      .ledger.settled()
      .then(async () => await pruned());
    expect(told).toMatchObject({ records: 300, logs: [{ origin: log.origin, epoch: 1, records: 300 }] });
    // Sent again it is known, and what follows is taken.
    expect(await append(log, 100, 400)).toBe(500);
    expect(await append(log, 400, 600)).toBe(600);
    const page = expectOk(await client.records({ origin: log.origin, epoch: 1, after: -1, limit: 1000 }));
    expect(page.records).toHaveLength(600);
    expect(page.records[0]).toEqual({ sequence: 0, uid: 'evt_salt_0', record: null, pruned: true });
    expect(page.records[300]).toMatchObject({ uid: 'evt_salt_300' });
    const answer = await client.appendAudit(await fork.batch(0, 400));
    expect(answer).toMatchObject({ ok: false, error: { code: 'signed_fork' } });
    // From here on all of it is evidence.
    await later(100);
    await prune();
    expect(await whole()).toHaveLength(300);
  });

  it('stay while somebody whom they are about is held, or whose desktop it is', async () => {
    const max = (await (await world.as('max')).me()).ok ? expectOk(await (await world.as('max')).me()).subject : '';
    log.add(about({ subject: max, actor: max }), about({ actor: 'desktop', subject: null }), ...numbered(2, 3));
    await append(log, 0, 3);
    const lee = await world.as('lee', 'lees');
    const { people } = expectOk(await lee.people());
    const personOf = (name: string): string => people.find((one) => one.name.startsWith(name))?.person ?? '';
    const hold = expectOk(await lee.placeHold(personOf('Max'), 'A matter'));
    await later(61);
    await prune();
    expect(await whole()).toEqual([0]);
    log = createDesktopLog(signerOfDevice(await world.deviceKey('ana', `laptop-${device}-b`)));
    client = await world.as('ana', `laptop-${device}-b`);
    log.add(about({ actor: 'desktop', subject: null }));
    await append(log, 0, 1);
    const anas = expectOk(await lee.placeHold(personOf('Ana'), 'A matter'));
    await later(61);
    // What is told beforehand is what then goes: nothing of theirs.
    const told = expectOk(await lee.retention());
    expect(told).toMatchObject({ words: null, desktopRecords: { kinds: [], held: 2 } });
    expect(expectOk(await lee.pruneNow()).desktopRecords).toBe(0);
    expect(await whole()).toEqual([0]);
    // A hold on somebody whom nobody lists keeps everything, and says so.
    const on = async (was: string, is: string) =>
      await world
        .store()
        .transaction(
          async (tx) => await tx.updateTable('legal_holds').set({ person: is }).where('person', '=', was).execute(),
        );
    await on(personOf('Max'), 'nobody');
    expect(expectOk(await lee.retention())).toMatchObject({
      waits: 'unlisted_hold',
      desktopRecords: { kinds: [], held: 2 },
    });
    expect(expectOk(await lee.pruneNow())).toMatchObject({ waits: 'unlisted_hold', desktopRecords: 0 });
    await on('nobody', personOf('Max'));
    for (const { id } of [hold, anas]) expectOk(await lee.releaseHold(id, 'Over'));
    const free = expectOk(await lee.retention()).desktopRecords;
    expect(free).toMatchObject({ kinds: [{ kind: 'copy.missing', count: 2 }], held: 0 });
    expect(expectOk(await lee.pruneNow()).desktopRecords).toBe(2);
    expect(await whole()).toEqual([]);
    expect((await client.retention()).ok).toBe(false);
  });

  it('stay while the access that they tell of runs', async () => {
    const asked = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: DAY_MS / 24 };
    const { id } = expectOk(await client.submit({ ...asked, justification: 'x' }, newKey()));
    const { grant } = expectOk(await client.collect(id, newKey()));
    log.add(about({ grantId: grant.id }), about({ grantId: null }));
    await append(log, 0, 2);
    const old = world.clock.now() + 1;
    await pruneNow(old);
    expect(await whole()).toEqual([0]);
    expectOk(await client.release(grant.id));
    await later(61);
    await prune();
    expect(await whole()).toEqual([]);
  });

  it('that say why a log goes on as it does stay for ever', async () => {
    log.add(OUTBOX_SAMPLES['epoch.opened'], OUTBOX_SAMPLES['log.pruned'], OUTBOX_SAMPLES['log.records_lost']);
    log.add(OUTBOX_SAMPLES['app.started']);
    await append(log, 0, 4);
    await later(1000);
    await prune();
    expect(await whole()).toEqual([0, 1, 2]);
  });

  async function pruned(): Promise<readonly unknown[]> {
    const admin = await world.as('lee', 'lees');
    const found: unknown[] = [];
    for (let after: number | null = -1; after !== null;) {
      const page: { records: readonly { record?: unknown }[]; next: number | null } = expectOk(
        await admin.records({ after, limit: 1000 }),
      );
      after = page.next;
      for (const { record } of page.records) {
        const { metadata, unmapped } = record as { metadata: { event_code: string }; unmapped: { data: unknown } };
        if (metadata.event_code === 'audit.pruned') found.push(unmapped.data);
      }
    }
    return found;
  }

  /** With nothing else of the broker's own doing: an access that is over by the clock would be ended first. */
  async function pruneNow(beforeMs: number): Promise<void> {
    const store = world.store();
    const ledger = { append: async () => undefined, size: () => 0 };
    const deps: PruneDeps = { store, ledger, clock: world.clock, directory: { accounts: () => [] } };
    await pruneDesktops(deps, beforeMs);
  }
});
