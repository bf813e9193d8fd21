// What one kind of sink does with a batch, and what may come of it. A target remembers nothing about what it has: that
// is the cursor's.
import type { SinkProblem, SourcedRecord } from './sinks.ts';

export type Batch = {
  readonly records: readonly SourcedRecord[];
  readonly checkpoint: string | null;
  /** Nothing was ever delivered before: what does not exist yet may be made. */
  readonly isFirst: boolean;
};

export type Outcome =
  | { readonly kind: 'accepted' }
  /** Taken but for so many, it does not say which. Never sent again by itself. */
  | { readonly kind: 'partly_rejected'; readonly rejected: number }
  /** For what it says or for its size: smaller ones may pass. */
  | { readonly kind: 'refused' }
  | Failure;

/** Nothing was taken, as far as we know; it is tried again. */
export type Failure = {
  readonly kind: 'failed';
  readonly code: SinkProblem;
  /** It does not get better by itself: tried again slowly. */
  readonly needsPerson: boolean;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | null;
};

export type Target = {
  /** How much one batch may have: the records' own bytes. */
  readonly most: { readonly records: number; readonly bytes: number };
  /** Never rejects, and ends soon after `signal` is aborted. */
  readonly send: (batch: Batch, signal: AbortSignal) => Promise<Outcome>;
  readonly close: () => Promise<void>;
};

export const ACCEPTED = { kind: 'accepted' } as const;

export function failed(code: SinkProblem, needsPerson = false, retryAfterMs: number | null = null): Failure {
  return { kind: 'failed', code, needsPerson, retryAfterMs };
}
