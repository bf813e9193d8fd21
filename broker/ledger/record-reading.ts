// Reads sequenced records: filtered for the API, in whole for an export.
import type { Reader } from '#broker/store.ts';
import type { LedgerRecord, RecordFilter } from './ledger.ts';
import { toLedgerRecord } from './row-reading.ts';

const MAX_RECORDS = 1000;

/** In order of sequence; at most `limit`, and never more than 1,000. */
export async function findRecords(db: Reader, filter: RecordFilter): Promise<readonly LedgerRecord[]> {
  const limit = Math.min(filter.limit, MAX_RECORDS);
  if (!Number.isSafeInteger(limit) || limit < 1) return [];
  let query = db
    .selectFrom('ledger_records')
    .select(['sequence', 'canonical', 'kind', 'at_ms', 'actor', 'subject', 'resource', 'request_id', 'grant_id'])
    .orderBy('sequence')
    .limit(limit);
  if (filter.afterSequence !== undefined) query = query.where('sequence', '>', filter.afterSequence);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.resource !== undefined) query = query.where('resource', '=', filter.resource);
  if (filter.grantId !== undefined) query = query.where('grant_id', '=', filter.grantId);
  return (await query.execute()).map(toLedgerRecord);
}

/** The first `size` records as canonical JSON, in pages. */
export async function* canonicalPages(db: Reader, size: number): AsyncGenerator<readonly string[]> {
  for (let start = 0; start < size; start += MAX_RECORDS) {
    const rows = await db
      .selectFrom('ledger_records')
      .select('canonical')
      .where('sequence', '>=', start)
      .where('sequence', '<', Math.min(start + MAX_RECORDS, size))
      .orderBy('sequence')
      .execute();
    yield rows.map((row) => row.canonical);
  }
}
