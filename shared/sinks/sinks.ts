// The sinks of one log as its owner sees them. Each has a durable cursor of its own, so a slow one holds up no other, and
// none holds up the log: remote sinks never gate.
import type { Sink, SinkStatus } from '../contracts/sinks.ts';
import type { Result } from '../domain/result.ts';

/** A place in a log; epochs of one log follow each other, records may be carried over from one to the next. */
export type SinkCursor = { readonly origin: string; readonly epoch: number; readonly sequence: number };

export type SourcedRecord = { readonly at: SinkCursor; readonly uid: string; readonly canonical: string };

/** The log that is sent. */
export type SinkSource = {
  /**
   * The records after the cursor, oldest first; after null from the beginning. Empty: there is no more yet. Those whose
   * bodies were pruned are left out. A cursor of an epoch that was left goes on where that epoch was left.
   */
  readonly after: (cursor: SinkCursor | null, limit: number) => Promise<readonly SourcedRecord[]>;
  /** How many of those there are: what was pruned is not counted, for nobody is sent it. */
  readonly countAfter: (cursor: SinkCursor | null) => Promise<number>;
  /** The record at this place, in whichever epoch that is now; null: lost by a restore, or pruned. */
  readonly at: (place: SinkCursor) => Promise<SourcedRecord | null>;
  /** The newest signed checkpoint: a receiver that holds it cannot be told another history later. Null: none yet. */
  readonly checkpoint: () => Promise<string | null>;
  /** Told when there may be more. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
};

/**
 * A sink whose secrets were read, its file's path absolute. `secret`: of the webhook, or the value of the header; null:
 * it has none, or it could not be read.
 */
export type OpenedSink = { readonly sink: Sink; readonly secret: string | null; readonly managed: boolean };

/** Why a delivery or a test did not go well; stable, for the words of the window and the metrics. */
export type SinkProblem =
  | 'unreachable'
  | 'timed_out'
  | 'tls_failed'
  | 'redirected'
  | 'unauthorized'
  | 'not_found'
  | 'rate_limited'
  | 'unavailable'
  | 'refused'
  | 'rejected'
  | 'bad_answer'
  | 'no_secret'
  | 'bad_secret'
  | 'disk_full'
  | 'not_writable';

/** Each sink has all records up to and with its place, or gave up on them. */
export type DeliveredUpTo =
  | { readonly kind: 'no_sinks' }
  /** At least one has nothing yet. */
  | { readonly kind: 'nothing' }
  /** One place a sink: which of them comes first only the log itself can say, for the order of its epochs is its own. */
  | { readonly kind: 'up_to'; readonly cursors: readonly SinkCursor[] };

/** Records that one sink refused for good, told once. `sequences`: the first and the last of them. */
export type DeadLettered = {
  readonly sink: string;
  readonly code: string;
  readonly records: readonly { readonly at: SinkCursor; readonly uid: string; readonly canonical: string }[];
};

export type Sinks = {
  readonly status: () => readonly SinkStatus[];
  /** Told after each change of the status. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** From now on these; one with the same name, kind and target goes on at its cursor. A new one begins at the start. */
  readonly use: (sinks: readonly OpenedSink[]) => Promise<void>;
  /** Sends one record that says that it is a test, past the queue. */
  readonly test: (name: string) => Promise<Result<null, SinkProblem | 'no_such_sink'>>;
  /** Sends what was refused for good once more, as after the receiver was mended. Gives how many it took. */
  readonly resend: (name: string) => Promise<Result<number, SinkProblem | 'no_such_sink'>>;
  /** What may be pruned from the log without a sink missing it. */
  readonly deliveredUpTo: () => Promise<DeliveredUpTo>;
  /** Tries everything again now. */
  readonly hurry: () => void;
  /** Ends what travels, within seconds whatever hangs. */
  readonly close: () => Promise<void>;
};
