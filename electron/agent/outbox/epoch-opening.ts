// The record that opens a later epoch of the receiver's ledger: how a restore is announced. It is believed only with a
// proof that it is in the tree that a checkpoint signs.
import { z } from 'zod';
import { isEarlierName } from '#shared/audit/export-record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { TreeHead } from '#shared/domain/outbox-data.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type EpochOpening = {
  /** The ledger's name from then on. */
  readonly origin: string;
  /** Its place in the log: all records before it are those that were kept. */
  readonly sequence: number;
  readonly openedAtMs: EpochMs;
  readonly previousOrigin: string;
  readonly kept: TreeHead;
  /** As of when the backup is; null: it was empty, or the broker is of a version that did not say. */
  readonly keptAtMs: EpochMs | null;
  readonly canonical: string;
};

const dataSchema = z.object({
  unmapped: z.object({
    data: z.object({
      previousOrigin: z.string(),
      kept: z.object({ size: z.int().min(0), root: z.string() }),
      keptAtMs: z.int().nullish(),
    }),
  }),
});

/** Null when it is no such record, or contradicts itself. */
export function readOpening(canonical: string): EpochOpening | null {
  const fields = readRecord(canonical);
  if (fields === null || fields.kind !== 'ledger.epoch_opened' || fields.logName !== fields.origin) return null;
  const parsed = dataSchema.safeParse(JSON.parse(canonical));
  if (!parsed.success) return null;
  const { previousOrigin, kept, keptAtMs = null } = parsed.data.unmapped.data;
  const { origin, sequence, atMs: openedAtMs } = fields;
  if (kept.size !== sequence || !isEarlierName(previousOrigin, origin)) return null;
  return { origin, sequence, openedAtMs, previousOrigin, kept, keptAtMs, canonical };
}
