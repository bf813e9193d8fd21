// Whether calls should come to this process: it is not stopping, its rules are those in force, the store can be written, what is written gets its
// place in the ledger, and callers can be recognised. Asked often by whoever watches: one look a second is enough for all of them.
import { SECOND_MS, type Clock, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';

export type Readiness = {
  readonly isReady: () => Promise<boolean>;
  /** Not ready from now on, for good. */
  readonly drain: () => void;
};

const KEPT_MS = SECOND_MS;
/** A sequencer that takes longer does not run: natural batching takes milliseconds. */
const LEDGER_PATIENCE_MS: DurationMs = 3 * SECOND_MS;

type Parts = {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'settled'>;
  readonly directory: Pick<Directory, 'isReady'>;
  readonly rulesBehind: () => boolean;
};

export function createReadiness(parts: Parts): Readiness {
  let draining = false;
  let last: { readonly atMs: EpochMs; readonly look: Promise<boolean> } | null = null;
  return {
    isReady: async () => {
      if (draining || parts.rulesBehind()) return false;
      const nowMs = parts.clock.now();
      if (last === null || Math.abs(nowMs - last.atMs) >= KEPT_MS) last = { atMs: nowMs, look: look(parts) };
      return (await last.look) && !draining;
    },
    drain: () => {
      draining = true;
    },
  };
}

async function look({ store, ledger, directory }: Parts): Promise<boolean> {
  try {
    // A transaction that changes nothing still needs the write lock; whether the disk has room only a write can tell.
    await store.transaction(async (tx) => {
      await tx.updateTable('idempotency').set({ created_at_ms: 0 }).where('subject', '=', '').execute();
    });
    return (await within(LEDGER_PATIENCE_MS, ledger.settled())) && (await directory.isReady());
  } catch {
    return false;
  }
}

async function within(limitMs: DurationMs, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
