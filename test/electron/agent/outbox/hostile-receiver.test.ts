// A receiver that has this device's own signatures and lies about what they are of: it may hold up a log, and nothing
// more. It cannot send it where no receiver takes it, keep it busy for ever, or fill the disk with epochs.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recover } from '#electron/agent/outbox/recover.ts';
import { startSync } from '#electron/agent/outbox/sync.ts';
import type { Timers } from '#electron/agent/ports.ts';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import { PROBLEMS } from '#shared/contracts/problem.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { err, ok } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { anotherSigner, appendNumbered, NOW_MS, openTestOutbox, SIGNER, type TestOutbox } from './open-test-outbox.ts';

let desktop: TestOutbox;
beforeAll(async () => {
  desktop = await openTestOutbox();
  await appendNumbered(desktop, 0, 6);
});
afterAll(async () => await desktop.close());

const signedLog = () => {
  const log = desktop.outbox.log();
  if (log === null) throw new Error('the test has a key');
  return log;
};
/** What this device signed once: of `size` records that it does not have. */
const noteOf = (size: number, origin = signedLog().origin, signer = SIGNER): string =>
  signCheckpoint({ origin, size, root: Buffer.alloc(32, 7) }, signer);
const nobodys = { records: () => Promise.resolve(ok({ records: [], next: null })) };
const answerTo = (known: KnownLog, client: Parameters<typeof recover>[1] = nobodys) =>
  recover(desktop.store.read, client, { log: signedLog(), cursor: 2, known });

describe('what a receiver says that it has of this log', () => {
  it.each<[string, () => KnownLog]>([
    ['records without a signature', () => ({ epoch: 1, next: 3, checkpoint: null, followed: 0 })],
    ['another size than was signed', () => ({ epoch: 1, next: 3, checkpoint: noteOf(4), followed: 0 })],
    [
      'the signature over another log',
      () => ({ epoch: 1, next: 4, checkpoint: noteOf(4, 'daypass.desktop/x'), followed: 0 }),
    ],
    [
      'what another key signed',
      () => ({ epoch: 1, next: 4, checkpoint: noteOf(4, undefined, anotherSigner()), followed: 0 }),
    ],
    ['an epoch after which no other fits', () => ({ epoch: 1_000_000, next: 4, checkpoint: noteOf(4), followed: 0 })],
    [
      'a log that follows it in an epoch after which no other fits',
      () => ({ epoch: 0, next: 0, checkpoint: null, followed: 1_000_000 }),
    ],
  ])('is not believed of %s', async (_what, known) => {
    expect(await answerTo(known())).toEqual(err('receiver_contradicts'));
  });

  it('may be an epoch that this desktop lost, as after a restore of its disk', async () => {
    const answer = await answerTo({ epoch: 3, next: 4, checkpoint: noteOf(4), followed: 0 });
    expect(answer).toMatchObject({ ok: true, value: { kind: 'new_epoch', epoch: { epoch: 4, code: 'restored' } } });
  });

  it('is never asked for page after page without an end', async () => {
    const records = () => Promise.resolve(ok({ records: [{ sequence: 0, uid: 'evt_x', record: null }], next: 0 }));
    await expect(answerTo({ epoch: 2, next: 4, checkpoint: noteOf(4), followed: 0 }, { records })).rejects.toThrow(
      'again',
    );
  });
});

describe('a receiver that sets this log back again and again', () => {
  it('is asked less and less often: each new epoch costs the disk', async () => {
    const delays: number[] = [];
    const timers: Timers = {
      after: (delayMs, run) => {
        delays.push(delayMs);
        const timer = setTimeout(run, 0);
        return () => clearTimeout(timer);
      },
    };
    const answers = (): Response => {
      const known = { epoch: signedLog().epoch + 1, next: 4, checkpoint: noteOf(4) };
      const problem = { type: 'urn:daypass:problem:signed_fork', code: 'signed_fork', ...PROBLEMS.signed_fork };
      return Response.json({ ...problem, known }, { status: 422 });
    };
    const client = createBrokerClient({
      fetch: (request) =>
        Promise.resolve(request.method === 'POST' ? answers() : Response.json({ records: [], next: null })),
      baseUrl: 'http://b.internal',
      deviceKey: await createDeviceKey({ extractable: true }),
      clock: { now: () => NOW_MS },
    });
    const { store, outbox } = desktop;
    const sync = await startSync({
      store,
      outbox,
      clock: { now: () => NOW_MS },
      timers,
      pin: {},
      client: () => client,
    });
    await vi.waitFor(() => expect(delays).toContain(5 * MINUTE_MS), { timeout: 20_000 });
    await sync.close();
    expect(delays.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(Math.max(...delays)).toBe(5 * MINUTE_MS);
    expect(signedLog().epoch).toBeGreaterThan(delays.length);
  });
});
