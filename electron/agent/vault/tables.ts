// Tables of the vault in the agent's database. No secret is in any column; of a copied token there is a keyed hash.
import type { LocalCopyState } from '#shared/domain/local-copy.ts';
import type { KeychainProblem } from '../keychain-port.ts';
import type { WipeReason } from './vault.ts';

export type LocalCopyRow = {
  collect_id: string;
  version: number;
  state: LocalCopyState;
  held_in: 'keychain' | 'memory';
  request_id: string;
  user: string;
  subject: string;
  resource: string;
  intended_at_ms: number;
  /** JSON `Issued`, null until the broker's answer is stored. */
  issued: string | null;
  /** Null until a wipe is under way. */
  wipe_reason: WipeReason | null;
  wipe_due_at_ms: number | null;
  wipe_lag_ms: number | null;
  wipe_problem: KeychainProblem | null;
  wipe_attempts: number;
  /** When it reached a state that is not left again, or was dismissed: out of sight, kept for a while. */
  over_at_ms: number | null;
};

export type ClipboardCopyRow = {
  id: string;
  collect_id: string;
  /** HMAC-SHA-256 of the text, its key being in the keychain. */
  hash: string;
  /** Names the key: another key cannot tell. */
  key_id: string;
  /** Of the text, in UTF-16 units. */
  length: number;
  copied_at_ms: number;
  clear_at_ms: number;
};

export type VaultTables = { local_copies: LocalCopyRow; clipboard_copies: ClipboardCopyRow };
