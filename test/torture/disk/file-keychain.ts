// A keychain of files, on a disk that is well: it survives the process, and a test can look into it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Keychain } from '#electron/agent/keychain-port.ts';
import { ok } from '#shared/domain/result.ts';

export function fileKeychain(folder: string): Keychain {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (account: string): string => path.join(folder, encodeURIComponent(account));
  const accounts = (): string[] => accountsIn(folder);
  return {
    get: async (account) => ok(accounts().includes(account) ? readFileSync(fileOf(account)) : null),
    set: async (account, bytes) => {
      writeFileSync(fileOf(account), bytes, { mode: 0o600 });
      return ok(null);
    },
    remove: async (account) => {
      rmSync(fileOf(account), { force: true });
      return ok(null);
    },
    accounts: async () => ok(accounts()),
    probe: async () => ok(null),
    ready: async () => ok(null),
    prepare: async () => undefined,
  };
}

export function accountsIn(folder: string): string[] {
  return readdirSync(folder).map(decodeURIComponent);
}
