// How far the log has come: the peaks of its tree, and the newest signed checkpoint over them.
import type { Frontier } from '#shared/audit/merkle.ts';

/** `checkpoint` is null only for an empty log. */
export type Head = { readonly frontier: Frontier; readonly checkpoint: string | null };

/** The one row of `ledger_state`. */
export const LEDGER_STATE_ID = 'ledger';
