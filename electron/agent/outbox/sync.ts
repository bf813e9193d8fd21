// The outbox's way to the receiver as the agent sees it: how it goes, whether the log holds, whether more may be granted.
import type { SyncState, Verification } from '#shared/contracts/desktop/state.ts';
import type { Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { AcceptRefused } from '../outbox-port.ts';
import { acceptLedger } from './accept-ledger.ts';
import { startSyncLoop, type SyncLoopOptions } from './sync-loop.ts';
import { readKnown, writeKnown } from './sync-row.ts';
import { syncState, verification } from './sync-view.ts';
import { verifyLog } from './verify-log.ts';

export type SyncOptions = SyncLoopOptions & {
  /** How many records may wait for the receiver before no new access is granted. */
  readonly mostWaiting?: number;
  /** The receiver belongs to the same person, as an embedded broker does: it cosigns nothing. */
  readonly ownReceiver?: boolean;
};

export type OutboxSync = {
  readonly state: () => SyncState;
  readonly verification: () => Verification;
  /** Told after each change of the two. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** False while the backlog is full: granting more would be granting without a record that anybody keeps. */
  readonly canRecordGrant: () => Promise<boolean>;
  /** Checks the whole log against its own checkpoint. */
  readonly verifyNow: () => Promise<Verification>;
  /** Tries again at once: the person asked, or somebody signed in. */
  readonly hurry: () => void;
  /** A person looked at the alarm and goes on from the receiver's ledger as it is now; on record. */
  readonly acceptLedger: () => Promise<Result<null, AcceptRefused>>;
  /** Waits for the call that runs. */
  readonly close: () => Promise<void>;
};

const MOST_WAITING = 100_000;

/** Starts sending at once; resolves when it is known how far the receiver has the log. */
export async function startSync(options: SyncOptions): Promise<OutboxSync> {
  const { store, outbox, clock, ownReceiver = false, mostWaiting = MOST_WAITING } = options;
  const loop = await startSyncLoop(options);
  let verifiedHereAtMs: EpochMs | null = null;
  const shown = (): Verification => verification(loop.seen(), { verifiedHereAtMs, ownReceiver });
  return {
    state: () => syncState(loop.seen()),
    verification: shown,
    subscribe: loop.subscribe,
    async canRecordGrant() {
      const { cursor } = await readKnown(store.read, outbox.log());
      return (await outbox.records()) - cursor < mostWaiting;
    },
    async verifyNow() {
      const log = outbox.log();
      if (log !== null) {
        const { records, pruned, problem } = await verifyLog(store.read, log);
        await store.transaction(async (tx) => {
          const known = await readKnown(tx, log);
          const atMs = clock.now();
          await writeKnown(tx, log, { ...known, verified: { atMs, records, pruned, problem } });
          verifiedHereAtMs = atMs;
        });
      }
      await loop.look();
      return shown();
    },
    hurry: loop.hurry,
    async acceptLedger() {
      const accepted = await acceptLedger(options, options.client(), outbox.log());
      await loop.look();
      loop.hurry();
      return accepted;
    },
    close: loop.close,
  };
}
