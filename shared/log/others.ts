// A log that several programs write to. Whoever sequences holds the row of the state for that time, and goes on from
// what the row says: two can never give the same place, and one that dies lets go of the row with its connection.
import { sql } from 'kysely';
import { appendLeaves, type Frontier, rootOf } from '../audit/merkle.ts';
import type { SharedDatabase } from '../store/store.ts';
import type { Head } from './head.ts';
import { LogError } from './log-error.ts';
import type { Db } from './log-store.ts';
import type { LogKeys } from './log-keys.ts';
import type { LogTables, StoredNumber } from './log-tables.ts';
import type { LogName } from './open-state.ts';
import { toBuffer, toWholeNumber } from './row-reading.ts';
import type { SequenceIntake, Step } from './sequence-intake.ts';

export type Others = {
  /** Reads how far the log has come since, and whether events wait for their places. */
  readonly look: (head: Head) => Promise<{ readonly head: Head; readonly eventsWait: boolean }>;
  /** Calls back soon after the log has grown. May miss some: look from time to time as well. */
  readonly listen: (listener: () => void) => () => void;
};

type Reached = { readonly size: StoredNumber; readonly checkpoint: string | null };

/** A log that others write to, and may sign with a later key. */
export type SharedName = Pick<LogName, 'tables' | 'origin'> & { readonly keys: LogKeys };

/** So often in a row a program that may not sign finds events waiting before it says so. */
const MOST_IDLE_STEPS = 200;

/** Hashes at a time, of those that came since. */
const PAGE = 8192;

function channelOf({ id }: LogTables): string {
  return `${id}_grew`;
}

export function othersOf(db: Db, shared: SharedDatabase, name: SharedName): Others {
  const { tables } = name;
  return {
    async look(head) {
      // One statement sees one moment: no event of before it is missed between the two.
      const { rows } = await sql<Reached & { events_wait: boolean }>`
        select size, checkpoint, exists (select 1 from ${sql.table(tables.intake)}) as events_wait
        from ${sql.table(tables.state)} where id = ${tables.id}
      `.execute(db);
      const row = rows[0];
      if (row === undefined) throw new LogError('damaged', 'its state is gone');
      return { head: await goOn(db, head, row, name), eventsWait: row.events_wait };
    },
    listen: (listener) => shared.listen(channelOf(tables), listener),
  };
}

/**
 * Makes a step that may run in several programs at once. Its transaction must see, in each statement, what was
 * committed before that statement. Gives null when another one is at it, unless it is hurried: then it waits its turn.
 */
export function sharedStep(
  sequence: SequenceIntake,
  name: SharedName,
): (tx: Db, head: Head, hurried: boolean) => Promise<Step | null> {
  const { tables } = name;
  let idle = 0;
  return async (tx, head, hurried) => {
    const { rows } = await sql<Reached & { key_fingerprint: string }>`
      select size, checkpoint, key_fingerprint from ${sql.table(tables.state)} where id = ${tables.id}
      for update ${hurried ? sql`` : sql`skip locked`}
    `.execute(tx);
    const row = rows[0];
    if (row === undefined) return null;
    const reached = await goOn(tx, head, row, name);
    if (row.key_fingerprint === name.keys.own.fingerprint) return await sequence(tx, reached);
    // Whoever has the new key gives the places; what waits is durable.
    const waiting = await sql`select 1 from ${sql.table(tables.intake)} limit 1`.execute(tx);
    idle = waiting.rows.length === 0 ? 0 : idle + 1;
    if (idle === 0) return { head: reached, sequenced: 0 };
    if (idle <= MOST_IDLE_STEPS) return null;
    idle = 0;
    throw new LogError('retired_key', 'it goes on under another key, and no broker that has it is running');
  };
}

/** Wakes whoever listens, once the transaction is committed. */
export async function tellOthers(tx: Db, tables: LogTables): Promise<void> {
  await sql`select pg_notify(${channelOf(tables)}, '')`.execute(tx);
}

/** The head that others have moved the log to: reached from ours by what they added, or it is not the same log. */
async function goOn(db: Db, head: Head, row: Reached, name: SharedName): Promise<Head> {
  const size = toWholeNumber(row.size);
  if (size === head.frontier.size && row.checkpoint === head.checkpoint) return head;
  if (size <= head.frontier.size)
    throw new LogError('damaged', 'it went back to an older state under a running program');
  const frontier = await grow(db, head.frontier, size, name.tables);
  const signed = row.checkpoint === null ? null : await name.keys.open(db, row.checkpoint);
  const agrees =
    signed !== null &&
    signed.origin === name.origin &&
    signed.size === frontier.size &&
    signed.root.equals(rootOf(frontier));
  if (!agrees) throw new LogError('damaged', 'what another program added is not what its checkpoint signs');
  return { frontier, checkpoint: row.checkpoint };
}

async function grow(db: Db, from: Frontier, size: number, tables: LogTables): Promise<Frontier> {
  let frontier = from;
  while (frontier.size < size) {
    const { rows } = await sql<{ leaf_hash: Uint8Array }>`
      select leaf_hash from ${sql.table(tables.records)}
      where sequence >= ${frontier.size} and sequence < ${Math.min(size, frontier.size + PAGE)} order by sequence
    `.execute(db);
    if (rows.length === 0) throw new LogError('damaged', `its records end at ${frontier.size}, it has ${size}`);
    frontier = appendLeaves(
      frontier,
      rows.map((row) => toBuffer(row.leaf_hash)),
    );
  }
  return frontier;
}
