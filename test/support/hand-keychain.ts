// A keychain in memory that keeps the port's promises, and can be told to fail at any call.
import type { Keychain, KeychainProblem } from '#electron/agent/keychain-port.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';

export type KeychainCallName = 'get' | 'set' | 'remove' | 'accounts' | 'probe' | 'ready';

export type HandKeychain = Keychain & {
  readonly items: Map<string, Buffer>;
  /** A problem of every call, as when it is locked or gone; null while it is well. */
  problem: KeychainProblem | null;
  /** Decides for single calls; runs before the call has any effect. */
  before: (call: KeychainCallName, account: string) => Promise<KeychainProblem | null> | KeychainProblem | null;
  readonly calls: { call: KeychainCallName; account: string }[];
};

const MOST_BYTES = 2400;

export function createHandKeychain(): HandKeychain {
  const items = new Map<string, Buffer>();
  let last: Promise<unknown> = Promise.resolve();
  const call = <T>(
    name: KeychainCallName,
    account: string,
    work: () => Result<T, KeychainProblem>,
  ): Promise<Result<T, KeychainProblem>> => {
    const mine = last.then(async () => {
      keychain.calls.push({ call: name, account });
      const problem = keychain.problem ?? (await keychain.before(name, account));
      return problem === null ? work() : err(problem);
    });
    last = mine;
    return mine;
  };
  const keychain: HandKeychain = {
    items,
    problem: null,
    before: () => null,
    calls: [],
    get: (account) => {
      return call('get', account, () => {
        const bytes = items.get(account);
        return ok(bytes === undefined ? null : Buffer.from(bytes));
      });
    },
    set: async (account, bytes) => {
      if (bytes.byteLength > MOST_BYTES) return err('too_large');
      const copy = Buffer.from(bytes);
      return await call('set', account, () => {
        items.set(account, copy);
        return ok(null);
      });
    },
    remove: (account) =>
      call('remove', account, () => {
        items.delete(account);
        return ok(null);
      }),
    accounts: () => call('accounts', '', () => ok([...items.keys()])),
    probe: () => call('probe', '', () => ok(null)),
    ready: () => call('ready', '', () => ok(null)),
    prepare: async () => undefined,
  };
  return keychain;
}
