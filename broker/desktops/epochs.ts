// Which epoch of a desktop's log may be written to: the newest, or a later one if it names what was accepted of it.
import { z } from 'zod';
import type { Batch } from './read-batch.ts';
import type { StoredHead } from './stored-log.ts';

const openingSchema = z.object({
  metadata: z.object({ event_code: z.literal('epoch.opened') }),
  unmapped: z.object({
    data: z.object({
      previousOrigin: z.string(),
      previousEpoch: z.int(),
      witnessed: z.object({ size: z.int(), root: z.string() }),
    }),
  }),
});

/** Whether the batch may open its epoch. `newest` is null when nothing of this log was ever accepted. */
export function opensEpoch({ origin, epoch, firstSeq, records }: Batch, newest: StoredHead | null): boolean {
  if (firstSeq !== 0) return false;
  // A receiver that lost what it had takes what the desktop has.
  if (newest === null) return true;
  // A receiver that was put back to an older state has not seen all of them.
  if (epoch <= newest.epoch) return false;
  const opening = openingSchema.safeParse(JSON.parse(records[0]?.canonical ?? 'null'));
  if (!opening.success) return false;
  const { previousOrigin, previousEpoch, witnessed } = opening.data.unmapped.data;
  return (
    previousOrigin === origin &&
    previousEpoch === newest.epoch &&
    witnessed.size === newest.size &&
    witnessed.root === newest.root
  );
}
