// What the first record of an epoch of a desktop's log says of the epoch before it. Its word, not yet believed.
import { z } from 'zod';
import { desktopOriginSchema, epochReasonSchema } from '#shared/contracts/audit-api.ts';
import type { Batch } from './read-batch.ts';

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
  return firstSeq === 0 ? readOpeningRecord(records[0]?.canonical ?? 'null') : null;
}

/** Also of a record that was carried over: what opened an epoch then is a record like all others later. */
export function readOpeningRecord(canonical: string): Opening | null {
  const opening = openingSchema.safeParse(JSON.parse(canonical));
  return opening.success ? opening.data.unmapped.data : null;
}

const handedOverSchema = z.object({
  metadata: z.object({ event_code: z.literal('log.key_handed_over') }),
  unmapped: z.object({ data: z.object({ newDevice: z.string() }) }),
});

/** Which key the record says that the log goes on under; null: it says nothing of that. */
export function readHandedOver(canonical: string): string | null {
  const record = handedOverSchema.safeParse(JSON.parse(canonical));
  return record.success ? record.data.unmapped.data.newDevice : null;
}
