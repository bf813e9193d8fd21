// Whether another party countersigned the head of this log: its record of that head is in the tree that its checkpoint
// signs. Its mere answer is no signature.
import { z } from 'zod';
import type { Checkpoint } from '#shared/audit/checkpoint.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { verifyInclusion } from '#shared/audit/proof.ts';
import type { Cosignature } from '#shared/contracts/audit-api.ts';
import type { OutboxBatch } from './batch.ts';

const recordSchema = z.object({
  metadata: z.object({ event_code: z.literal('audit.appended'), sequence: z.int() }),
  unmapped: z.object({
    data: z.object({ origin: z.string(), epoch: z.int(), size: z.int(), root: z.string() }),
  }),
});

/** `ledger`: the receiver's checkpoint, its signature checked. */
export function isCosigned({ body, size, root }: OutboxBatch, given: Cosignature, ledger: Checkpoint): boolean {
  const read = recordSchema.safeParse(parseJson(given.record));
  if (!read.success) return false;
  const { data } = read.data.unmapped;
  const isOurHead =
    data.origin === body.origin &&
    data.epoch === body.epoch &&
    data.size === size &&
    data.root === root.toString('base64');
  return (
    isOurHead &&
    read.data.metadata.sequence === given.sequence &&
    verifyInclusion({
      index: given.sequence,
      size: ledger.size,
      leaf: leafHash(Buffer.from(given.record)),
      root: ledger.root,
      proof: given.proof.map((hash) => Buffer.from(hash, 'base64')),
    })
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
