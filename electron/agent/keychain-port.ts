// The keychain as the agent sees it. "Could not read" is never "nothing there".
import type { Result } from '#shared/domain/result.ts';

/**
 * `none`: this system has no keychain service. `locked`: it has, and the person did not unlock it.
 * `too_large`: over 2,400 bytes, what every platform can hold. `failed`: anything else, with the platform's own words
 * left out.
 */
export type KeychainProblem = 'none' | 'locked' | 'too_large' | 'failed';

/** Calls run one after another: a prompt that waits for the person must not fill the thread pool. */
export type Keychain = {
  /** Null: nothing is there under this account. The bytes are the caller's to fill with zeros. */
  readonly get: (account: string) => Promise<Result<Uint8Array | null, KeychainProblem>>;
  readonly set: (account: string, bytes: Uint8Array) => Promise<Result<null, KeychainProblem>>;
  /** Deletes and reads back: success means that it is gone. Nothing there is success too. */
  readonly remove: (account: string) => Promise<Result<null, KeychainProblem>>;
  /** All accounts of this app. */
  readonly accounts: () => Promise<Result<readonly string[], KeychainProblem>>;
  /** Tries the keychain without changing anything and without a prompt. */
  readonly probe: () => Promise<Result<null, KeychainProblem>>;
  /** Whether an item can be set now. When the keychain is locked, its prompt comes up. */
  readonly ready: () => Promise<Result<null, KeychainProblem>>;
  /** Makes the next call on this account quick. Changes nothing, asks nobody, and may fail unheard. */
  readonly prepare: (account: string) => Promise<void>;
};
