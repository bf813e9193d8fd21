// What can be wrong with an export, as the verifier tells it. Data only.
import type { CheckpointProblem } from './checkpoint.ts';
import type { LineProblem } from './export-record.ts';
import type { RotationProblem } from './key-rotations.ts';
import type { BodiesMissing } from './pruned-told.ts';
import type { RangeDiffers } from './range-times.ts';

/** `record` counts from 0, as sequence numbers do. */
export type ExportProblem =
  | { readonly code: 'unreadable_file'; readonly file: string }
  | { readonly code: 'not_a_public_key' }
  | { readonly code: 'another_key'; readonly fingerprint: string }
  | ({ readonly code: 'bad_rotation' } & RotationProblem)
  | { readonly code: 'bad_checkpoint'; readonly which: 'new' | 'old'; readonly reason: CheckpointProblem }
  | { readonly code: 'another_origin_than_before'; readonly origin: string }
  | { readonly code: 'shorter_than_before'; readonly size: number; readonly oldSize: number }
  | { readonly code: 'empty_log' }
  | { readonly code: 'bad_record'; readonly record: number; readonly reason: LineProblem | 'too_long' | 'cut' }
  | { readonly code: 'records_beyond_checkpoint'; readonly size: number }
  | { readonly code: 'records_missing'; readonly records: number; readonly size: number }
  /** Bodies are gone that the log does not say were pruned. */
  | ({ readonly code: 'bodies_missing' } & BodiesMissing)
  | { readonly code: 'history_rewritten'; readonly oldSize: number }
  /** The old checkpoint is of a tree that the exported part of the log does not let one recompute. */
  | { readonly code: 'old_not_covered'; readonly oldSize: number }
  | { readonly code: 'bad_range' }
  | RangeDiffers
  | { readonly code: 'root_differs' };
