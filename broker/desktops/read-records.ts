// Reads what a desktop appended, for an admin, or for a person whose desktop it is.
import type { Principal } from '#shared/domain/identity.ts';
import { deviceOfOrigin } from '#shared/domain/outbox-origin.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { findDevice } from '#broker/identity/enrol-device.ts';
import type { Reader } from '#broker/store.ts';
import { readStoredHead } from './stored-log.ts';

export type DesktopRecords = {
  readonly origin: string;
  readonly epoch: number | null;
  readonly afterSequence: number;
  readonly limit: number;
};

export type DesktopRecord = { readonly sequence: number; readonly canonical: string };

/**
 * Records in order; null when there is no such log, or it is not this person's to read. Who is no admin reads, on a
 * desktop that they enrolled, what is about them and about the desktop itself: a desktop may have several people.
 */
export async function readDesktopRecords(
  db: Reader,
  principal: Principal,
  wanted: DesktopRecords,
): Promise<readonly DesktopRecord[] | null> {
  const device = deviceOfOrigin(wanted.origin);
  if (device === null) return null;
  if (!principal.admin && (await findDevice(db, principal.subject, device)) === null) return null;
  const head = await readStoredHead(db, wanted.origin, wanted.epoch ?? undefined);
  if (head === null) return null;
  let query = db
    .selectFrom('desktop_records')
    .select(['sequence', 'canonical'])
    .where('origin', '=', wanted.origin)
    .where('epoch', '=', head.epoch)
    .where('sequence', '>', wanted.afterSequence)
    .orderBy('sequence')
    .limit(wanted.limit);
  if (!principal.admin)
    query = query.where((where) => where.or([where('subject', 'is', null), where('subject', '=', principal.subject)]));
  const rows = await query.execute();
  return rows.map((row) => ({ sequence: toWholeNumber(row.sequence), canonical: row.canonical }));
}
