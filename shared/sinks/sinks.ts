// The sinks of one log as its owner sees them. Each has a durable cursor of its own, so a slow one holds up no other, and
// none holds up the log: remote sinks never gate.
import type { Sink, SinkStatus } from '../contracts/sinks.ts';
import type { Result } from '../domain/result.ts';

/** A place in a log; epochs of one log follow each other, records may be carried over from one to the next. */
export type SinkCursor = { readonly origin: string; readonly epoch: number; readonly sequence: number };

export type SourcedRecord = { readonly at: SinkCursor; readonly uid: string; readonly canonical: string };

/** The log that is sent. */
export type SinkSource = {
  /** The records after the cursor, oldest first; after null from the beginning. Empty: there is no more yet. */
  readonly after: (cursor: SinkCursor | null, limit: number) => Promise<readonly SourcedRecord[]>;
  /** How many there are after the cursor. */
  readonly countAfter: (cursor: SinkCursor | null) => Promise<number>;
  /** Told when there may be more. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
};

/** A sink whose secrets were read. `secret`: of the webhook, or the value of the header; null: it has none. */
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

export type Sinks = {
  readonly status: () => readonly SinkStatus[];
  /** Told after each change of the status. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** From now on these; one with the same name, kind and target goes on at its cursor. */
  readonly use: (sinks: readonly OpenedSink[]) => Promise<void>;
  /** Sends one record that says that it is a test, past the queue. */
  readonly test: (name: string) => Promise<Result<null, SinkProblem | 'no_such_sink'>>;
  /** Sends what was refused for good once more, as after the receiver was mended. Gives how many. */
  readonly resend: (name: string) => Promise<number>;
  /** Every sink has all records before this place, or gave up on them; null: there are no sinks, or one has nothing yet. */
  readonly deliveredUpTo: () => Promise<SinkCursor | null>;
  /** Tries everything again now. */
  readonly hurry: () => void;
  readonly close: () => Promise<void>;
};
