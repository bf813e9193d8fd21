// Opens a log's state: makes it once, and refuses one that is another log's or that was edited while nobody looked.
import { sql } from 'kysely';
import { openCheckpoint } from '../audit/checkpoint.ts';
import type { LogPublicKey } from '../audit/log-key.ts';
import { leafHash, rootOf } from '../audit/merkle.ts';
import { readRecord, type RecordFields } from '../audit/record-fields.ts';
import type { Head } from './head.ts';
import { LogError } from './log-error.ts';
import type { LogRecord } from './log.ts';
import type { Db } from './log-store.ts';
import type { LogTables, RecordRow, StateRow } from './log-tables.ts';
import { toBuffer, toLogRecord, toWholeNumber } from './row-reading.ts';
import { logHashes, readFrontier, subtreeReader } from './tree-reading.ts';

export const FIRST_EPOCH = 1;
/** So many of the newest records are read whole at each start; a full check is an export and its verification. */
export const CHECKED_RECORDS = 1024;

export type LogName = { readonly tables: LogTables; readonly origin: string; readonly publicKey: LogPublicKey };
export type LogState = { readonly epoch: number; readonly size: number; readonly checkpoint: string | null };

/** Finds the state of this log, or makes it in a database without one. Throws LogError for another key or name. */
export async function openState(tx: Db, name: LogName): Promise<LogState> {
  const { tables, origin, publicKey } = name;
  const row = await findOrMake(tx, name);
  if (row.key_fingerprint !== publicKey.fingerprint) {
    throw new LogError(
      'another_key',
      `it was signed with key ${row.key_fingerprint}, this one is ${publicKey.fingerprint}`,
    );
  }
  if (row.origin !== origin)
    throw new LogError('another_origin', `${tables.id} is the log ${row.origin}, not ${origin}`);
  return { epoch: toWholeNumber(row.epoch), size: toWholeNumber(row.size), checkpoint: row.checkpoint };
}

async function findOrMake(tx: Db, { tables, origin, publicKey }: LogName): Promise<StateRow> {
  const found = await readState(tx, tables);
  if (found !== null) return found;
  const fingerprint = publicKey.fingerprint;
  await sql`
    insert into ${sql.table(tables.state)} (id, origin, epoch, key_fingerprint, size, checkpoint)
    values (${tables.id}, ${origin}, ${FIRST_EPOCH}, ${fingerprint}, 0, null) on conflict do nothing
  `.execute(tx);
  return { origin, epoch: FIRST_EPOCH, key_fingerprint: fingerprint, size: 0, checkpoint: null };
}

/** The stored state as it is, or null in a database without one. */
export async function readState(db: Db, tables: LogTables): Promise<StateRow | null> {
  const { rows } = await sql<StateRow>`
    select origin, epoch, key_fingerprint, size, checkpoint from ${sql.table(tables.state)} where id = ${tables.id}
  `.execute(db);
  return rows[0] ?? null;
}

/**
 * Reads the head from what is stored and checks it against the signed checkpoint. Throws LogError `damaged`. Where
 * others write too, state and records must be read in one transaction that sees one moment.
 */
export async function readHead(db: Db, state: LogState, { tables, origin, publicKey }: LogName): Promise<Head> {
  await checkCount(db, tables, state.size);
  const frontier = await readFrontier(subtreeReader(logHashes(db, tables)), state.size);
  if (state.checkpoint === null) {
    if (state.size !== 0) throw damaged('its checkpoint is gone');
    return { frontier, checkpoint: null };
  }
  const signed = openCheckpoint(state.checkpoint, publicKey);
  if (!signed.ok) throw damaged(`its checkpoint does not hold (${signed.error})`);
  if (
    signed.value.origin !== origin ||
    signed.value.size !== state.size ||
    !signed.value.root.equals(rootOf(frontier))
  ) {
    throw damaged('the stored tree is not the one that the checkpoint signs');
  }
  await checkNewest(db, tables, state.size);
  return { frontier, checkpoint: state.checkpoint };
}

async function checkCount(db: Db, tables: LogTables, size: number): Promise<void> {
  const { rows } = await sql<{ count: number | string; last: number | string | null }>`
    select count(*) as count, max(sequence) as last from ${sql.table(tables.records)}
  `.execute(db);
  const { count, last } = rows[0] ?? { count: 0, last: null };
  const stored = toWholeNumber(count);
  if (stored !== size || (last === null ? 0 : toWholeNumber(last) + 1) !== size)
    throw damaged(`${stored} records are stored, the log has ${size}`);
}

/** The columns decide who may see a record, so they must say what the signed record says. */
async function checkNewest(db: Db, tables: LogTables, size: number): Promise<void> {
  const { rows } = await sql<RecordRow & { leaf_hash: Uint8Array }>`
    select * from ${sql.table(tables.records)} where sequence >= ${size - CHECKED_RECORDS}
  `.execute(db);
  for (const row of rows) {
    const record = toLogRecord(row);
    const leaf = leafHash(Buffer.from(record.canonical));
    if (!leaf.equals(toBuffer(row.leaf_hash))) throw damaged(`record ${record.sequence} was changed`);
    const fields = readRecord(record.canonical);
    if (fields === null || !agree(record, fields)) throw damaged(`the index of record ${record.sequence} was changed`);
  }
}

function agree(record: LogRecord, fields: RecordFields): boolean {
  return (
    record.sequence === fields.sequence &&
    record.kind === fields.kind &&
    record.atMs === fields.atMs &&
    record.actor === fields.actor &&
    record.subject === fields.subject &&
    record.resource === fields.resource &&
    record.requestId === fields.requestId &&
    record.grantId === fields.grantId
  );
}

function damaged(what: string): LogError {
  return new LogError('damaged', `it was changed outside of the program: ${what}`);
}
