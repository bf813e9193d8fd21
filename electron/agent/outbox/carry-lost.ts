// What a receiver that was put back has lost of logs that this desktop cannot sign any more, because its key is another
// one: it follows in the log that is written now. Of the log of the present key the receiver asks by itself.
import { sql } from 'kysely';
import { unplace } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { bulkInsert, type Row } from '#shared/log/bulk-insert.ts';
import { LogError } from '#shared/log/log-error.ts';
import { INDEX_COLUMNS } from '#shared/log/log-tables.ts';
import type { Clock } from '#shared/domain/time.ts';
import { isPrunedLine } from '#shared/log/prune.ts';
import type { AuditClient } from './audit-client.ts';
import type { OutboxStore, OutboxTx, SignedLog } from './outbox.ts';
import { prunedElsewhere } from './pruned-ids.ts';
import { alarmOfLoss, newlyLost } from './records-lost.ts';
import { OUTBOX_TABLES } from './tables.ts';

type Parts = { readonly store: OutboxStore; readonly clock: Clock };
type OldRecord = { readonly origin: string; readonly canonical: string };

const insertIntake = bulkInsert(OUTBOX_TABLES.intake, [...INDEX_COLUMNS, 'head', 'tail']);

/** Again is the same: what is in the log that is written now, or waits for its place there, is not carried twice. */
export async function carryLost({ store, clock }: Parts, client: AuditClient, log: SignedLog): Promise<void> {
  const { rows: old } = await sql<{ origin: string; last: number }>`
    select origin, max(epoch) as last from outbox_old_epochs where origin <> ${log.origin} group by origin
  `.execute(store.read);
  if (old.length === 0) return;
  const there = new Set<string>();
  for (const { origin, last } of old) await addIdsThere(client, { origin, last }, there);
  const found = await store.transaction(async (tx) => {
    const known = await idsHere(tx, log.origin);
    const { rows } = await sql<OldRecord>`
      select origin, canonical from outbox_old_records where origin <> ${log.origin} order by rowid
    `.execute(tx);
    const carried = rows.flatMap(({ canonical }): Row[] => {
      if (isPrunedLine(canonical)) return [];
      const fields = readRecord(canonical);
      if (fields === null) throw new LogError('damaged', 'a record of an old epoch is not one of ours');
      if (there.has(fields.uid) || known.has(fields.uid)) return [];
      known.add(fields.uid);
      const { kind, atMs, actor, subject, resource, requestId, grantId } = fields;
      const { head, tail } = unplace(canonical);
      return [[kind, atMs, actor, subject, resource, requestId, grantId, head, tail]];
    });
    await insertIntake(tx, carried);
    const lost = (await prunedElsewhere(tx, log.origin)).filter((uid) => !there.has(uid) && !known.has(uid));
    const newly = await newlyLost(tx, new Set(lost));
    if (newly > 0) await log.append(tx, await alarmOfLoss(tx, log, newly, clock.now()));
    if (carried.length > 0) log.wake();
    return carried.length;
  });
  if (found > 0) await log.settled();
}

/** Of a log that is not there, or not this person's to see, nothing is: then it is sent, and known by its ids if twice. */
async function addIdsThere(
  client: AuditClient,
  { origin, last }: { readonly origin: string; readonly last: number },
  ids: Set<string>,
): Promise<void> {
  for (let epoch = 1; epoch <= last; epoch += 1) {
    let after: number | null = -1;
    while (after !== null) {
      const page = await client.records({ origin, epoch, after, limit: 1000 });
      if (!page.ok && page.error.code === 'not_found') break;
      if (!page.ok) throw new Error(`the receiver does not show its records: ${page.error.code}`);
      for (const { uid } of page.value.records) if (uid !== undefined) ids.add(uid);
      after = page.value.next;
    }
  }
}

/** Ids of all epochs of this log, and of what waits. */
async function idsHere(tx: OutboxTx, origin: string): Promise<Set<string>> {
  const { rows } = await sql<{ uid: string | null }>`
    select json_extract(canonical, '$.metadata.uid') as uid from ${sql.table(OUTBOX_TABLES.records)}
    union all
    select json_extract(canonical, '$.metadata.uid') from outbox_old_records where origin = ${origin}
    union all
    select uid from outbox_pruned where origin = ${origin}
    union all
    select json_extract(head || '0' || tail, '$.metadata.uid') from ${sql.table(OUTBOX_TABLES.intake)}
  `.execute(tx);
  return new Set(rows.flatMap(({ uid }) => (uid === null ? [] : [uid])));
}
