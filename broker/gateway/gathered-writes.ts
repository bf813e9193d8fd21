// Writes that come close together are gathered into one transaction: a transaction each costs every call its time.
// Every write is still done exactly once, and one that fails takes no other with it.
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

/** `waitMs` 0: what came in the same turn of the event loop is written together, and nothing waits for a timer. */
export function gatherWrites(store: BrokerStore, waitMs: DurationMs): GatheredWrites {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

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
    timer = undefined;
    const members = waiting;
    waiting = [];
    if (members.length > 0) void writeTogether(members);
  };

  const arm = (): void => {
    // A flush that came early leaves its timer behind: it then finds nothing, or writes early what came since.
    timer ??= waitMs === 0 ? setImmediate(flush) : setTimeout(flush, waitMs);
  };

  return {
    flush,
    add: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        if (waiting.length >= MAX_GATHERED) flush();
        else arm();
      }),
  };
}
