// The evidence of one fork, whole: what the desktop sent, and what was accepted of the same epoch.
import type { ForkEvidence, ForkQuery } from '#shared/contracts/audit-api.ts';
import { appendBodySchema } from '#shared/contracts/audit-api.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { Reader } from '#broker/store.ts';

/** Null when no such fork is kept. Both checkpoints verify with the device's key: nobody needs to take our word. */
export async function readFork(db: Reader, wanted: ForkQuery): Promise<ForkEvidence | null> {
  const { origin, epoch } = wanted;
  const fork = await db
    .selectFrom('desktop_forks')
    .select(['body', 'seen_at_ms'])
    .where('origin', '=', origin)
    .where('epoch', '=', epoch)
    .where('size', '=', wanted.size)
    .where('root', '=', wanted.root)
    .executeTakeFirst();
  const kept = await db
    .selectFrom('desktop_epochs')
    .select(['size', 'root', 'checkpoint', 'public_key'])
    .where('origin', '=', origin)
    .where('epoch', '=', epoch)
    .executeTakeFirst();
  if (fork === undefined || kept === undefined) return null;
  const { root, checkpoint, public_key: publicKey } = kept;
  return {
    seenAt: formatInstant(toWholeNumber(fork.seen_at_ms)),
    publicKey,
    accepted: { size: toWholeNumber(kept.size), root, checkpoint },
    // Kept as it was parsed.
    sent: appendBodySchema.parse(JSON.parse(fork.body)),
  };
}
