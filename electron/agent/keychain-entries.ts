// The library's entries that are kept for another use. Making one costs ten times what a call on it does; but on Linux
// each holds a connection to the session bus until it is garbage, and a bus serves a person 256 of them, all programs
// together. So a few are kept, and what was dropped is made to be collected before it adds up.
import { readKeychainFailure } from './keychain-problem.ts';

const MAX_KEPT = 16;
const MAX_DROPPED = 32;
const PRESSURE_BYTES = 48 * 1024 * 1024;

export type Kept<E> = {
  /** One that belongs to an earlier run of the keychain's daemon is made anew, once. */
  readonly use: <T>(account: string, work: (entry: E) => Promise<T>) => Promise<T>;
  /** Has one ready for its first use. */
  readonly prepare: (account: string) => Promise<void>;
  /** Nothing more is asked of this account. */
  readonly drop: (account: string) => void;
};

export function createKept<E>(make: (account: string) => E, collect: () => void = pressForCollection): Kept<E> {
  const entries = new Map<string, E>();
  let dropped = 0;
  const drop = (account: string): void => {
    if (entries.delete(account)) dropped += 1;
  };
  const entryOf = async (account: string): Promise<E> => {
    if (dropped >= MAX_DROPPED) {
      dropped = 0;
      collect();
      // What was collected closes its connection in a turn of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const entry = entries.get(account) ?? make(account);
    entries.delete(account);
    entries.set(account, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_KEPT) break;
      drop(oldest);
    }
    return entry;
  };
  return {
    drop,
    prepare: async (account) => void (await entryOf(account)),
    use: async (account, work) => {
      try {
        return await work(await entryOf(account));
      } catch (error) {
        drop(account);
        if (readKeychainFailure(error) !== 'stale') throw error;
        return await work(await entryOf(account));
      }
    },
  };
}

/** The library has no way to close an entry. Memory outside of the heap makes the engine collect; none of it is touched. */
function pressForCollection(): void {
  if (process.platform !== 'linux') return;
  for (let block = 0; block < 4; block += 1) void new ArrayBuffer(PRESSURE_BYTES);
}
