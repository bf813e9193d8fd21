// Writes that may wait a moment are gathered into one transaction: each commit costs a disk flush that holds up the
// calls that must not wait. Every write is still done exactly once, and one that fails takes no other with it.
import type { BrokerStore, Tx } from '#broker/store.ts';
import type { DurationMs } from '#shared/domain/time.ts';

export type Write = (tx: Tx) => Promise<void>;

export type GatheredWrites = {
  /** Resolves when the write is durable; rejects when it could not be written. */
  readonly add: (write: Write) => Promise<void>;
  /** Writes what is waiting without waiting any longer. */
  readonly flush: () => void;
};

type Waiting = { readonly write: Write; readonly resolve: () => void; readonly reject: (error: unknown) => void };

const MAX_GATHERED = 128;

export function gatherWrites(store: BrokerStore, waitMs: DurationMs): GatheredWrites {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

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
    } catch {
      // All of it was rolled back: whoever is not at fault gets through alone.
      for (const member of members) await writeAlone(member);
    }
  }

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const members = waiting;
    waiting = [];
    if (members.length > 0) void writeTogether(members);
  };

  return {
    flush,
    add: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        if (waiting.length >= MAX_GATHERED) flush();
        else timer ??= setTimeout(flush, waitMs);
      }),
  };
}
