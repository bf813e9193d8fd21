// The operating system's keychain: the only file that touches its library. Never a file, never the kernel's keyring:
// on Linux the Secret Service is named, since the library's default falls back to a keyring that a reboot loses.
import { AsyncEntry, findCredentialsAsync } from '@napi-rs/keyring';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { createKeychainCalls } from './keychain-calls.ts';
import type { Keychain, KeychainProblem } from './keychain-port.ts';
import { createKept, type Kept } from './keychain-entries.ts';
import { readKeychainFailure } from './keychain-problem.ts';
import type { Timers } from './ports.ts';

export type KeychainOptions = {
  /** Under which name this app's items are kept; an item is named by it and its account. */
  readonly service: string;
  readonly timers: Timers;
  /** How long a call may wait for the person at a prompt. */
  readonly patienceMs?: DurationMs;
};

/** Windows holds 2,560 bytes an item, less what it needs itself. */
const MAX_BYTES = 2400;
const PATIENCE_MS = 45 * SECOND_MS;
// Windows: the library has no option for the persistence of an item; it uses Enterprise, which may roam within a domain.
const OPTIONS = { linux: { store: 'secret-service' as const } };
const PROBE_ACCOUNT = 'probe';

/** Opens nothing yet: the first call does. Calls run one after another. */
export function openKeychain({ service, timers, patienceMs = PATIENCE_MS }: KeychainOptions): Keychain {
  const calls = createKeychainCalls(timers, patienceMs);
  const entryOf = (name: string) => (account: string) => new AsyncEntry(name, account, OPTIONS);
  const items = createKept(entryOf(service));
  const probeItems = createKept(entryOf(`${service}.probe`));
  let probeItemMade = false;

  /** One item without a secret: finding it says whether the keychain is locked, without a prompt and without secrets. */
  const openProbeItem = async (): Promise<null> => {
    const bytes = await probeItems.use(PROBE_ACCOUNT, (entry) => entry.getSecret());
    if (bytes === null) await probeItems.use(PROBE_ACCOUNT, (entry) => entry.setSecret(Buffer.from('daypass')));
    return null;
  };
  const makeProbeItem = async (): Promise<void> => {
    if (probeItemMade) return;
    probeItemMade = true;
    await attempt(openProbeItem);
  };
  return {
    get: (account) =>
      calls({
        run: () => attempt(async () => readOut(await items.use(account, (entry) => entry.getSecret()))),
        late: async (bytes) => void bytes?.fill(0),
      }),
    set: async (account, bytes) => {
      if (bytes.byteLength > MAX_BYTES) return err('too_large');
      // A copy of our own: the caller fills theirs with zeros, and a call that was left behind still reads.
      const copy = Buffer.from(bytes);
      return await calls({
        run: async () => {
          const set = await attempt(() => items.use(account, (entry) => entry.setSecret(copy)));
          copy.fill(0);
          if (!set.ok) return set;
          await makeProbeItem();
          return ok(null);
        },
        late: async () => void (await attempt(() => items.use(account, (entry) => entry.deleteCredential()))),
      });
    },
    remove: (account) => calls({ run: () => remove(items, account), late: async () => undefined }),
    accounts: () =>
      calls({
        run: () => attempt(async () => (await findCredentialsAsync(service)).map((found) => found.account)),
        late: async () => undefined,
      }),
    probe: () =>
      calls({
        run: async () => {
          const found = await attempt(() => findCredentialsAsync(`${service}.probe`));
          return found.ok ? ok(null) : found;
        },
        late: async () => undefined,
      }),
    // Reading the item through a kept entry takes a tenth of the time that finding it does.
    ready: () => calls({ run: () => attempt(openProbeItem), late: async () => undefined }),
    prepare: async (account) => {
      const run = (): Promise<Result<void, KeychainProblem>> =>
        attempt(async () => {
          await probeItems.prepare(PROBE_ACCOUNT);
          await items.prepare(account);
        });
      await calls({ run, late: async () => undefined });
    },
  };
}

async function remove(items: Kept<AsyncEntry>, account: string): Promise<Result<null, KeychainProblem>> {
  const read = await attempt(async () => {
    await items.use(account, (entry) => entry.deleteCredential());
    const left = readOut(await items.use(account, (entry) => entry.getSecret()));
    left?.fill(0);
    return left === null;
  });
  items.drop(account);
  if (!read.ok) return read;
  return read.value ? ok(null) : err('failed');
}

/** The library gives numbers in an array: they are moved into bytes, and the array is emptied of them. */
function readOut(numbers: number[] | null): Buffer | null {
  if (numbers === null) return null;
  const bytes = Buffer.from(numbers);
  numbers.fill(0);
  return bytes;
}

async function attempt<T>(work: () => Promise<T>): Promise<Result<T, KeychainProblem>> {
  try {
    return ok(await work());
  } catch (error) {
    const failure = readKeychainFailure(error);
    return err(failure === 'stale' ? 'failed' : failure);
  }
}
