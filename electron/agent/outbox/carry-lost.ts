// Brings after what a receiver does not have of logs that this desktop cannot sign any more, because its key is another
// one: it follows in the log that is written now. The receiver is asked first, so that nothing comes twice; until it
// answers, what may be missing there is owed, and never forgotten.
import { type RawBuilder, sql } from 'kysely';
import { unplace } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { bulkInsert, type Row } from '#shared/log/bulk-insert.ts';
import { LogError } from '#shared/log/log-error.ts';
import { INDEX_COLUMNS } from '#shared/log/log-tables.ts';
import type { Clock } from '#shared/domain/time.ts';
import { isPrunedLine } from '#shared/log/prune.ts';
import { readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { AuditClient } from './audit-client.ts';
import { addIdsOfEpoch, idsUnderOtherKeys } from './ids-there.ts';
import type { OutboxStore, OutboxTx, SignedLog } from './outbox.ts';
import { forgetOwed, IS_OWED, isOwed } from './owed.ts';
import { prunedElsewhere } from './pruned-ids.ts';
import { alarmOfLoss, newlyLost } from './records-lost.ts';
import { OUTBOX_TABLES } from './tables.ts';

type Parts = { readonly store: OutboxStore; readonly clock: Clock };
type Carried = { readonly canonicals: readonly string[]; readonly skip: ReadonlySet<string> };

const insertIntake = bulkInsert(OUTBOX_TABLES.intake, [...INDEX_COLUMNS, 'head', 'tail']);

/**
 * What a receiver that was put back has lost. Again is the same: what is in the log that is written now, or waits for
 * its place there, is not carried twice. Of the log of the present key the receiver asks by itself.
 */
export async function carryLost(parts: Parts, client: AuditClient, log: SignedLog): Promise<void> {
  if (!(await hasOtherKeys(parts.store, log))) return;
  const there = await idsOfAllKeys(parts.store, client, log);
  await inTransaction(parts, log, async (tx) => {
    return { canonicals: await oldRecords(tx, sql`r.origin <> ${log.origin}`), skip: there };
  });
}

/**
 * What may not be there since the key became another one. Only once the receiver has the first record of this
 * log: from then on it takes nothing more of the logs that this one follows, so what it says of them stays true.
 */
export async function carryOwed(parts: Parts, client: AuditClient, log: SignedLog): Promise<void> {
  if (!(await isOwed(parts.store.read))) return;
  const there = await idsOfAllKeys(parts.store, client, log);
  await inTransaction(parts, log, async (tx) => {
    // Also what it once had: since then it may have been put back, and this desktop too.
    const canonicals = await oldRecords(tx, sql`r.origin <> ${log.origin} or ${IS_OWED}`);
    await forgetOwed(tx);
    return { canonicals, skip: there };
  });
}

async function hasOtherKeys({ read }: OutboxStore, log: SignedLog): Promise<boolean> {
  const { rows } = await sql`select 1 from outbox_old_epochs where origin <> ${log.origin} limit 1`.execute(read);
  return rows.length > 0;
}

/** What was carried over once stands under the present key, perhaps in an epoch of it that is over. */
async function idsOfAllKeys(store: OutboxStore, client: AuditClient, log: SignedLog): Promise<ReadonlySet<string>> {
  const ids = await idsUnderOtherKeys(store.read, client, log.origin);
  for (let epoch = 1; epoch <= log.epoch; epoch += 1)
    await addIdsOfEpoch(client, { origin: log.origin, epoch, from: 0 }, ids);
  return ids;
}

async function inTransaction(
  { store, clock }: Parts,
  log: SignedLog,
  find: (tx: OutboxTx) => Promise<Carried>,
): Promise<void> {
  const found = await store.transaction(async (tx) => {
    const state = await readState(tx, OUTBOX_TABLES);
    // The key became another one while the receiver was asked: what is owed now was not asked for.
    if (state?.origin !== log.origin || toWholeNumber(state.epoch) !== log.epoch) return 0;
    const { canonicals, skip } = await find(tx);
    const known = new Set([...skip, ...(await idsHere(tx, log))]);
    const carried = canonicals.flatMap((canonical): Row[] => {
      if (isPrunedLine(canonical)) return [];
      const fields = readRecord(canonical);
      if (fields === null) throw new LogError('damaged', 'a record of an old epoch is not one of ours');
      if (known.has(fields.uid)) return [];
      known.add(fields.uid);
      const { kind, atMs, actor, subject, resource, requestId, grantId } = fields;
      const { head, tail } = unplace(canonical);
      return [[kind, atMs, actor, subject, resource, requestId, grantId, head, tail]];
    });
    await insertIntake(tx, carried);
    const lost = (await prunedElsewhere(tx, log.origin)).filter((uid) => !known.has(uid));
    const newly = await newlyLost(tx, new Set(lost));
    if (newly > 0) await log.append(tx, await alarmOfLoss(tx, log, newly, clock.now()));
    if (carried.length > 0) log.wake();
    return carried.length;
  });
  if (found > 0) await log.settled();
}

/** In the order in which they were written. */
async function oldRecords(tx: OutboxTx, which: RawBuilder<unknown>): Promise<readonly string[]> {
  const { rows } = await sql<{ canonical: string }>`
    select r.canonical from outbox_old_records r where ${which} order by r.rowid
  `.execute(tx);
  return rows.map(({ canonical }) => canonical);
}

/** Ids of what is in the epoch that is written now, and of what waits. */
async function idsHere(tx: OutboxTx, { origin, epoch }: SignedLog): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string | null }>`
    select json_extract(canonical, '$.metadata.uid') as uid from ${sql.table(OUTBOX_TABLES.records)}
    union all
    select uid from outbox_pruned where origin = ${origin} and epoch = ${epoch}
    union all
    select json_extract(head || '0' || tail, '$.metadata.uid') from ${sql.table(OUTBOX_TABLES.intake)}
  `.execute(tx);
  return rows.flatMap(({ uid }) => (uid === null ? [] : [uid]));
}
