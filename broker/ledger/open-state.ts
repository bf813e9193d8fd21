// Opens the log's state: makes it once, and refuses one that is another log's or that was edited while nobody looked.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogPublicKey } from '#shared/audit/log-key.ts';
import { leafHash, rootOf } from '#shared/audit/merkle.ts';
import { readRecord, type RecordFields } from '#shared/audit/record-fields.ts';
import type { BrokerStore, Reader } from '#broker/store.ts';
import { type Head, LEDGER_STATE_ID } from './head.ts';
import { LedgerError } from './ledger-error.ts';
import type { LedgerRecord } from './ledger.ts';
import { toBuffer, toLedgerRecord, toWholeNumber } from './row-reading.ts';
import { readFrontier } from './tree-reading.ts';

const FIRST_EPOCH = 1;
/** So many of the newest records are read whole at each start; a full check is an export and its verification. */
const CHECKED_RECORDS = 1024;

export type LogName = { readonly origin: string; readonly publicKey: LogPublicKey };
export type LedgerState = { readonly epoch: number; readonly size: number; readonly checkpoint: string | null };

/** Finds the state of this log, or makes it in a database without one. Throws LedgerError for another key or name. */
export async function openState(store: BrokerStore, { origin, publicKey }: LogName): Promise<LedgerState> {
  const row = await store.transaction(async (tx) => {
    const found = await tx.selectFrom('ledger_state').selectAll().where('id', '=', LEDGER_STATE_ID).executeTakeFirst();
    if (found !== undefined) return found;
    const fresh = {
      id: LEDGER_STATE_ID,
      origin,
      epoch: FIRST_EPOCH,
      key_fingerprint: publicKey.fingerprint,
      size: 0,
      checkpoint: null,
    };
    await tx.insertInto('ledger_state').values(fresh).execute();
    return fresh;
  });
  if (row.key_fingerprint !== publicKey.fingerprint) {
    throw new LedgerError(
      'another_key',
      `it was signed with key ${row.key_fingerprint}, this one is ${publicKey.fingerprint}`,
    );
  }
  if (row.origin !== origin) throw new LedgerError('another_origin', `it is the log ${row.origin}, not ${origin}`);
  return { epoch: toWholeNumber(row.epoch), size: toWholeNumber(row.size), checkpoint: row.checkpoint };
}

/** Reads the head from what is stored and checks it against the signed checkpoint. Throws LedgerError `damaged`. */
export async function readHead(db: Reader, state: LedgerState, { origin, publicKey }: LogName): Promise<Head> {
  const { count, last } = await db
    .selectFrom('ledger_records')
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.max('sequence').as('last')])
    .executeTakeFirstOrThrow();
  const stored = toWholeNumber(count);
  if (stored !== state.size || (last === null ? 0 : toWholeNumber(last) + 1) !== state.size) {
    throw damaged(`${stored} records are stored, the log has ${state.size}`);
  }
  const frontier = await readFrontier(db, state.size);
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
  await checkNewest(db, state.size);
  return { frontier, checkpoint: state.checkpoint };
}

/** The columns decide who may see a record, so they must say what the signed record says. */
async function checkNewest(db: Reader, size: number): Promise<void> {
  const rows = await db
    .selectFrom('ledger_records')
    .selectAll()
    .where('sequence', '>=', size - CHECKED_RECORDS)
    .execute();
  for (const row of rows) {
    const record = toLedgerRecord(row);
    const leaf = leafHash(Buffer.from(record.canonical));
    if (!leaf.equals(toBuffer(row.leaf_hash))) throw damaged(`record ${record.sequence} was changed`);
    const fields = readRecord(record.canonical);
    if (fields === null || !agree(record, fields)) throw damaged(`the index of record ${record.sequence} was changed`);
  }
}

function agree(record: LedgerRecord, fields: RecordFields): boolean {
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

function damaged(what: string): LedgerError {
  return new LedgerError('damaged', `it was changed outside of the program: ${what}`);
}
