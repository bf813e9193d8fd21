// Which epoch of a desktop's log may be written to: the newest, or a later one if it names what was accepted of it.
import { z } from 'zod';
import { desktopOriginSchema, epochReasonSchema } from '#shared/contracts/audit-api.ts';
import type { Batch } from './read-batch.ts';
import type { StoredHead } from './stored-log.ts';

const openingSchema = z.object({
  metadata: z.object({ event_code: z.literal('epoch.opened') }),
  unmapped: z.object({
    data: z.object({
      code: epochReasonSchema,
      previousOrigin: desktopOriginSchema,
      previousEpoch: z.int(),
      witnessed: z.object({ size: z.int(), root: z.string() }),
    }),
  }),
});

/** What a batch says of the epoch before its own; null when it begins none that follows another. */
export type Opening = z.infer<typeof openingSchema>['unmapped']['data'];

export function readOpening({ firstSeq, records }: Batch): Opening | null {
  if (firstSeq !== 0) return null;
  const opening = openingSchema.safeParse(JSON.parse(records[0]?.canonical ?? 'null'));
  return opening.success ? opening.data.unmapped.data : null;
}

/** Whether the batch may open its epoch. `newest` is null when nothing of this log was ever accepted. */
export function opensEpoch(batch: Batch, newest: StoredHead | null): boolean {
  const { origin, epoch, firstSeq } = batch;
  if (firstSeq !== 0) return false;
  // A receiver that lost what it had takes what the desktop has.
  if (newest === null) return true;
  // A receiver that was put back to an older state has not seen all of them.
  if (epoch <= newest.epoch) return false;
  const opening = readOpening(batch);
  if (opening === null) return false;
  const { previousOrigin, previousEpoch, witnessed } = opening;
  return (
    previousOrigin === origin &&
    previousEpoch === newest.epoch &&
    witnessed.size === newest.size &&
    witnessed.root === newest.root
  );
}
