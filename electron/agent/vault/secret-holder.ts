// Where the secret bytes of a copy are: the keychain, or this process's memory if the person agreed to that.
// The one place that knows how keychain items of copies are named. Never a file.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Keychain, KeychainProblem } from '../keychain-port.ts';

export type HeldIn = 'keychain' | 'memory';

const PREFIX = 'copy:';

export type SecretHolder = {
  /** Takes the bytes over: they are zeros afterwards, or kept in memory. */
  readonly put: (collectId: string, heldIn: HeldIn, bytes: Buffer) => Promise<Result<null, KeychainProblem>>;
  /** Makes the first call on this copy's item quick. */
  readonly prepare: (collectId: string) => Promise<void>;
  /** A copy for the caller, who fills it with zeros. Null: it is not there. */
  readonly get: (collectId: string, heldIn: HeldIn) => Promise<Result<Uint8Array | null, KeychainProblem>>;
  /** Success means that it was looked for and is gone. */
  readonly remove: (collectId: string, heldIn: HeldIn) => Promise<Result<null, KeychainProblem>>;
  /** The collect ids of all items in the keychain. */
  readonly inKeychain: () => Promise<Result<readonly string[], KeychainProblem>>;
};

export function createSecretHolder(keychain: Keychain): SecretHolder {
  const memory = new Map<string, Buffer>();
  return {
    put: async (collectId, heldIn, bytes) => {
      if (heldIn === 'memory') {
        memory.get(collectId)?.fill(0);
        memory.set(collectId, bytes);
        return ok(null);
      }
      try {
        return await keychain.set(PREFIX + collectId, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    prepare: (collectId) => keychain.prepare(PREFIX + collectId),
    get: async (collectId, heldIn) => {
      if (heldIn === 'keychain') return await keychain.get(PREFIX + collectId);
      const bytes = memory.get(collectId);
      return ok(bytes === undefined ? null : Buffer.from(bytes));
    },
    remove: async (collectId, heldIn) => {
      if (heldIn === 'keychain') return await keychain.remove(PREFIX + collectId);
      memory.get(collectId)?.fill(0);
      memory.delete(collectId);
      return ok(null);
    },
    inKeychain: async () => {
      const accounts = await keychain.accounts();
      if (!accounts.ok) return err(accounts.error);
      return ok(accounts.value.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)));
    },
  };
}
