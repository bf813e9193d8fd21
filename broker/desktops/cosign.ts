// Shows a desktop that the head of its log is on record in the ledger, under the checkpoint that it is given.
import { z } from 'zod';
import { readUnverified } from '#shared/audit/checkpoint.ts';
import type { Cosignature } from '#shared/contracts/audit-api.ts';
import type { LogRecord } from '#shared/log/log.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';

/** Whose, and which head: the tree of the first `size` records. */
export type AppendedHead = {
  readonly subject: SubjectId;
  readonly origin: string;
  readonly epoch: number;
  readonly size: number;
};

/** It was written a moment ago; of what is sent again it may be far back. */
const LOOKED_AT = [20, 980] as const;
const recordSchema = z.object({
  unmapped: z.object({ data: z.object({ origin: z.string(), epoch: z.int(), size: z.int() }) }),
});

/** Null when there is no such record among this person's newest. */
export async function findCosignature(
  ledger: Ledger,
  { subject, origin, epoch, size }: AppendedHead,
  ledgerCheckpoint: string,
): Promise<Cosignature | null> {
  const treeSize = readUnverified(ledgerCheckpoint)?.size ?? 0;
  const isWanted = ({ canonical }: LogRecord): boolean => {
    const { data } = recordSchema.parse(JSON.parse(canonical)).unmapped;
    return data.origin === origin && data.epoch === epoch && data.size === size;
  };
  let beforeSequence = Number.MAX_SAFE_INTEGER;
  for (const limit of LOOKED_AT) {
    const page = await ledger.records({
      kinds: ['audit.appended'],
      subject,
      newestFirst: true,
      beforeSequence,
      limit,
      asAnnounced: true,
    });
    const found = page.find(isWanted);
    const proof = found === undefined ? null : await ledger.inclusionProof(found.sequence, treeSize);
    if (found !== undefined && proof !== null)
      return { sequence: found.sequence, record: found.canonical, proof: [...proof] };
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < limit) return null;
    beforeSequence = oldest.sequence;
  }
  return null;
}
