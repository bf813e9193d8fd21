// What is known of one sink: its row, how much it lacks, what it refused. Writes each step in one transaction, and turns
// all of it into what people see.
import type { SinkStatus } from '../contracts/sinks.ts';
import type { Clock, EpochMs } from '../domain/time.ts';
import type { Db, LogStore } from '../log/log-store.ts';
import { moveCursor, readRow, type SinkRow, writeTrouble } from './cursor-rows.ts';
import { addDeadLetters, countDeadLetters } from './dead-letters.ts';
import { recordFacts } from './record-facts.ts';
import type { DeadLettered, OpenedSink, SinkCursor, SinkSource, SourcedRecord } from './sinks.ts';
import type { SinkTables } from './tables.ts';
import type { Failure } from './target.ts';

export type ProgressParts<Tx extends Db> = {
  readonly store: LogStore<Tx>;
  readonly tables: SinkTables;
  readonly source: SinkSource;
  readonly clock: Clock;
  /** Within the transaction that writes them; must not reject for long. */
  readonly onDeadLettered: (tx: Tx, dead: DeadLettered) => Promise<void>;
  /** What people see may have changed. */
  readonly onChange: () => void;
};

export type Progress = {
  readonly status: () => SinkStatus;
  /** Reads the row, which others may have moved, and gives the cursor. */
  readonly cursor: () => Promise<SinkCursor | null>;
  /** It has all of these. */
  readonly delivered: (from: SinkCursor | null, records: readonly SourcedRecord[]) => Promise<void>;
  /** It does not take these. `takenToo`: others of the same delivery, or perhaps some of these, were taken. */
  readonly gaveUpOn: (from: SinkCursor | null, records: readonly SourcedRecord[], code: string) => Promise<void>;
  /** It did not go on, so many times in a row. */
  readonly failed: (failure: Failure, attempts: number) => Promise<void>;
  /** Counts again what it lacks. */
  readonly refresh: () => Promise<void>;
};

/** What passes by itself is nobody's concern before it came so many times in a row. */
const STUCK_AFTER = 3;

type Lag = { readonly records: number; readonly oldestAtMs: EpochMs | null; readonly deadLetters: number };

export function createProgress<Tx extends Db>(key: string, opened: OpenedSink, parts: ProgressParts<Tx>): Progress {
  const { store, tables, source, clock, onChange } = parts;
  const { sink, managed } = opened;
  let row: SinkRow = { cursor: null, deliveredAtMs: null, trouble: null };
  let lag: Lag = { records: 0, oldestAtMs: null, deadLetters: 0 };

  async function read(): Promise<SinkCursor | null> {
    row = await readRow(store.read, tables, key);
    return row.cursor;
  }

  async function refresh(): Promise<void> {
    const cursor = await read();
    const records = await source.countAfter(cursor);
    const [oldest] = records === 0 ? [] : await source.after(cursor, 1);
    const letters = await countDeadLetters(store.read, tables, [key]);
    lag = {
      records: oldest === undefined ? 0 : records,
      oldestAtMs: oldest === undefined ? null : (recordFacts(oldest)?.atMs ?? null),
      deadLetters: letters.get(key) ?? 0,
    };
    onChange();
  }

  function state(): SinkStatus['state'] {
    if (row.trouble !== null) return { kind: 'stuck', records: lag.records, ...row.trouble };
    return lag.records === 0 ? { kind: 'synced' } : { kind: 'behind', records: lag.records };
  }

  return {
    status: () => ({
      name: sink.name,
      kind: sink.kind,
      target: sink.kind === 'file' ? sink.path : new URL(sink.url).host,
      managed,
      state: state(),
      deliveredAtMs: row.deliveredAtMs,
      oldestAtMs: lag.oldestAtMs,
      deadLetters: lag.deadLetters,
    }),
    cursor: read,
    refresh,
    async delivered(from, records) {
      const to = records.at(-1)?.at;
      if (to === undefined) return;
      const deliveredAtMs = clock.now();
      await store.transaction(async (tx) => await moveCursor(tx, tables, { key, from, to, deliveredAtMs }));
    },
    async gaveUpOn(from, records, code) {
      const to = records.at(-1)?.at;
      if (to === undefined) return;
      await store.transaction(async (tx) => {
        if (!(await moveCursor(tx, tables, { key, from, to, deliveredAtMs: null }))) return;
        await addDeadLetters(tx, tables, { key, code, atMs: clock.now(), records });
        await parts.onDeadLettered(tx, { sink: sink.name, code, records });
      });
    },
    async failed({ code, needsPerson }, attempts) {
      if (!needsPerson && attempts < STUCK_AFTER && row.trouble === null) return;
      const { trouble } = row;
      if (trouble?.code === code && trouble.needsPerson === needsPerson) return;
      const now = { code, needsPerson, sinceMs: trouble?.sinceMs ?? clock.now() };
      await store.transaction(async (tx) => await writeTrouble(tx, tables, key, now));
    },
  };
}
