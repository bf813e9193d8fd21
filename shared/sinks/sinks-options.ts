// What sinks are opened with.
import type { Clock } from '../domain/time.ts';
import type { Db, LogStore } from '../log/log-store.ts';
import type { Service } from './otlp-request.ts';
import type { DeadLettered, OpenedSink, SinkSource } from './sinks.ts';
import type { SinkTables } from './tables.ts';
import type { SinkTimes } from './times.ts';

export type SinksOptions<Tx extends Db> = {
  /** Has the tables of `createSinkTables`; the log's own, so that both are put back together. */
  readonly store: LogStore<Tx>;
  readonly tables: SinkTables;
  readonly source: SinkSource;
  readonly sinks: readonly OpenedSink[];
  readonly clock: Clock;
  /** What receivers know the program by: `daypass-broker`, and its version. */
  readonly service: Service;
  /** Told of records that a sink refused for good, within the transaction that notes them: none is told twice. */
  readonly onDeadLettered?: (tx: Tx, dead: DeadLettered) => Promise<void>;
  /** Told of errors of the machinery; it goes on by itself. Never carries a secret or a record. */
  readonly onTrouble: (error: unknown) => void;
  /** Absent: `SINK_TIMES`. */
  readonly times?: Partial<SinkTimes>;
  /** From 0 to 1. Absent: by chance. */
  readonly chance?: () => number;
  /** PEM certificates that are trusted; absent: those of the system and of the program. */
  readonly authorities?: readonly string[];
};
