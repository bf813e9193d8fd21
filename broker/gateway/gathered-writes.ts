// Writes that come close together are gathered into one transaction: a transaction each costs every call its time.
// Every write is still done exactly once, and one that fails takes no other with it.
import type { BrokerStore, Tx } from '#broker/store.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import { StoreError } from '#shared/store/store-error.ts';

export type Write = (tx: Tx) => Promise<void>;

export type GatheredWrites = {
  /** For writes that somebody waits for. Resolves when the write is durable; rejects when it could not be written. */
  readonly soon: (write: Write) => Promise<void>;
  /** For writes that can wait: goes with the next one that cannot, or alone after the time that was given. */
  readonly later: (write: Write) => Promise<void>;
  /** Writes what is waiting without waiting any longer. */
  readonly flush: () => void;
};

type Waiting = { readonly write: Write; readonly resolve: () => void; readonly reject: (error: unknown) => void };

const MAX_GATHERED = 128;
/**
 * So many turns of the event loop after a write that had company: a busy loop reads more calls in each of them, an
 * idle one is through in microseconds. A write that was alone is followed by one that does not wait for company.
 */
const TURNS_FOR_COMPANY = 4;

/** `laterMs`: the longest that a write waits which can wait. */
export function gatherWrites(store: BrokerStore, laterMs: DurationMs): GatheredWrites {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let turning = false;
  let hadCompany = false;

  async function writeAlone({ write, resolve, reject }: Waiting): Promise<void> {
    try {
      await store.transaction(write);
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  async function writeTogether(members: readonly Waiting[]): Promise<void> {
    try {
      await store.transaction(async (tx) => {
        for (const { write } of members) await write(tx);
      });
      for (const { resolve } of members) resolve();
    } catch (error) {
      if (error instanceof StoreError && error.code === 'outcome_unknown') {
        // All of it may well have been written: to write it again would do it twice.
        for (const { reject } of members) reject(error);
        return;
      }
      // All of it was rolled back: whoever is not at fault gets through alone.
      for (const member of members) await writeAlone(member);
    }
  }

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const members = waiting;
    waiting = [];
    if (members.length === 0) return;
    hadCompany = members.length > 1;
    void writeTogether(members);
  };

  const turn = (turnsLeft: number): void => {
    turning = turnsLeft > 0;
    if (turning) setImmediate(turn, turnsLeft - 1);
    else flush();
  };

  const add = (write: Write, arm: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ write, resolve, reject });
      if (waiting.length >= MAX_GATHERED) flush();
      else arm();
    });

  return {
    flush,
    soon: (write) => add(write, () => turning || turn(hadCompany ? TURNS_FOR_COMPANY : 1)),
    later: (write) => add(write, () => (timer ??= setTimeout(flush, laterMs))),
  };
}
