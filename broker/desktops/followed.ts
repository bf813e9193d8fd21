// Which logs are over because a log of another key says that it follows them. What such a log still brings would come
// twice: the one that follows asks what is here and brings the rest itself.
import type { SubjectId } from '#shared/domain/identity.ts';
import { deviceOfOrigin } from '#shared/domain/outbox-origin.ts';
import { findDevice, replacedBy } from '#broker/identity/enrol-device.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { Batch } from './read-batch.ts';
import { type Opening, readOpening, readOpeningRecord } from './read-opening.ts';
import { readStoredHead } from './stored-log.ts';

/** It may have gone on in so many epochs that never arrived. More is no log of ours, and would take its numbers away. */
const MOST_UNSEEN_EPOCHS = 100;

/** Up to which epoch the log is over; 0: nothing follows it. */
export async function followedUpTo(db: Reader, origin: string): Promise<number> {
  const row = await db.selectFrom('desktop_followed').select('epoch').where('origin', '=', origin).executeTakeFirst();
  return row?.epoch ?? 0;
}

/**
 * Ends the logs that the batch's new records say they follow under another key. Only those of a device that the same
 * person enrolled: nobody ends somebody else's. Whose log it is may go on in a later epoch.
 */
export async function endFollowed(tx: Tx, subject: SubjectId, batch: Batch, from: number): Promise<void> {
  for (const { canonical } of batch.records.slice(from - batch.firstSeq)) {
    const opening = canonical.includes('"epoch.opened"') ? readOpeningRecord(canonical) : null;
    if (
      opening === null ||
      (opening.code !== 'new_key' && opening.code !== 'key_changed') ||
      opening.previousOrigin === batch.origin
    )
      continue;
    const { previousOrigin, previousEpoch } = opening;
    const device = deviceOfOrigin(previousOrigin);
    if (device === null || (await findDevice(tx, subject, device)) === null) continue;
    const newest = (await readStoredHead(tx, previousOrigin))?.epoch ?? 0;
    const epoch = Math.max(newest, Math.min(previousEpoch, newest + MOST_UNSEEN_EPOCHS));
    if (epoch > (await followedUpTo(tx, previousOrigin)))
      await endLog(tx, { origin: previousOrigin, epoch, by: batch.origin });
  }
}

/** What a batch says it follows. That the key was changed is believed only where both keys told it here. */
export async function believeOpening(tx: Tx, batch: Batch): Promise<Opening | null> {
  const opening = readOpening(batch);
  if (opening?.code !== 'key_changed') return opening;
  const [before, now] = [deviceOfOrigin(opening.previousOrigin), deviceOfOrigin(batch.origin)];
  const isTold = before !== null && now !== null && (await replacedBy(tx, before)) === now;
  return isTold ? opening : { ...opening, code: 'new_key' };
}

type Ended = { readonly origin: string; readonly epoch: number; readonly by: string };

export async function endLog(tx: Tx, { origin, epoch, by }: Ended): Promise<void> {
  await tx
    .insertInto('desktop_followed')
    .values({ origin, epoch, followed_by: by })
    .onConflict((conflict) => conflict.column('origin').doUpdateSet({ epoch, followed_by: by }))
    .execute();
}
