// The keychain as one data folder sees it: another app of the same person, on another folder, keeps its items under
// other names, so that neither takes the other's for items without a record, nor signs with the other's device key.
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { ok } from '#shared/domain/result.ts';
import type { Keychain } from './keychain-port.ts';

const NAME_LENGTH = 12;

/** Makes the folder if it is missing, for its owner alone: it has a name only once it is there. The same folder gives the same names at each start, also when its database is gone. */
export function keychainOfFolder(keychain: Keychain, folder: string): Keychain {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, NAME_LENGTH);
  const ending = `@${name}`;
  return {
    get: async (account) => await keychain.get(account + ending),
    set: async (account, bytes) => await keychain.set(account + ending, bytes),
    remove: async (account) => await keychain.remove(account + ending),
    accounts: async () => {
      const all = await keychain.accounts();
      if (!all.ok) return all;
      return ok(all.value.flatMap((account) => (account.endsWith(ending) ? [account.slice(0, -ending.length)] : [])));
    },
    probe: keychain.probe,
    ready: keychain.ready,
    prepare: async (account) => await keychain.prepare(account + ending),
  };
}
