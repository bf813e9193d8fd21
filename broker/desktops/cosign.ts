// Shows a desktop that the head of its log is on record in the ledger, under the checkpoint that it is given.
import { z } from 'zod';
import { readUnverified } from '#shared/audit/checkpoint.ts';
import type { Cosignature } from '#shared/contracts/audit-api.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';

/** Whose, and which head: the tree of the first `size` records. */
export type AppendedHead = {
  readonly subject: SubjectId;
  readonly origin: string;
  readonly epoch: number;
  readonly size: number;
};

/** It was written a moment ago; for a repeat it may have become older. Who does not find it is told at their next append. */
const LOOKED_AT = 20;
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
  const newest = await ledger.records({ kinds: ['audit.appended'], subject, newestFirst: true, limit: LOOKED_AT });
  const found = newest.find(({ canonical }) => {
    const { data } = recordSchema.parse(JSON.parse(canonical)).unmapped;
    return data.origin === origin && data.epoch === epoch && data.size === size;
  });
  const proof = found === undefined ? null : await ledger.inclusionProof(found.sequence, treeSize);
  if (found === undefined || proof === null) return null;
  return { sequence: found.sequence, record: found.canonical, proof: [...proof] };
}
