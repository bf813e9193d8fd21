// How far a log has come: the peaks of its tree, and the newest signed checkpoint over them.
import type { Frontier } from '../audit/merkle.ts';

/** `checkpoint` is null only for an empty log. */
export type Head = { readonly frontier: Frontier; readonly checkpoint: string | null };
