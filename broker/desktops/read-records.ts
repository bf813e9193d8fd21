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

/** `record` is null when it is not this person's to read, or `pruned`. */
export type DesktopRecord = {
  readonly sequence: number;
  readonly uid: string;
  readonly record: unknown;
  readonly pruned?: true;
};

/**
 * Records in order; null when there is no such log, or it is not this person's to read. Who is no admin reads, of a
 * desktop that they enrolled, what is about them and about the desktop itself, for a desktop may have several people;
 * of the rest the random id only, so that a desktop can tell what has arrived.
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
  const rows = await db
    .selectFrom('desktop_records')
    .select(['sequence', 'subject', 'canonical', 'uid'])
    .where('origin', '=', wanted.origin)
    .where('epoch', '=', head.epoch)
    .where('sequence', '>', wanted.afterSequence)
    .orderBy('sequence')
    .limit(wanted.limit)
    .execute();
  return rows.map(({ sequence, subject, canonical, uid }) => {
    if (uid !== null) return { sequence: toWholeNumber(sequence), uid, record: null, pruned: true };
    const isTheirs = principal.admin || subject === null || subject === principal.subject;
    // Written here only after it was read as a record.
    const record = JSON.parse(canonical) as { metadata: { uid: string } };
    return { sequence: toWholeNumber(sequence), uid: record.metadata.uid, record: isTheirs ? record : null };
  });
}
