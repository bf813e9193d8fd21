// What a platform's keychain means by its words. The words themselves go no further: they may name items.
import type { KeychainProblem } from './keychain-port.ts';

/** Also `stale`: the entry belongs to an earlier run of the keychain's daemon and must be made anew. */
export type KeychainFailure = Exclude<KeychainProblem, 'too_large'> | 'stale';

const STALE = /session.*does not exist|no such session/i;
const LOCKED = /islocked|is locked|locked object|prompt was dismissed|dismissed|interaction is not allowed/i;
const NONE =
  /failed to connect|serviceunknown|not provided by any|no such interface|autolaunch|autostart|not connected|disconnected|connection refused|no default store|unable to (?:open|find) .*socket/i;

/** The library gives one code for everything, so its messages are read; an unknown one is `failed`. */
export function readKeychainFailure(error: unknown): KeychainFailure {
  const words = error instanceof Error ? error.message : '';
  if (STALE.test(words)) return 'stale';
  if (LOCKED.test(words)) return 'locked';
  if (NONE.test(words)) return 'none';
  return 'failed';
}
