// Keeps the evidence of a fork: the whole call, once a tree, and not without bound.
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import type { Tx } from '#broker/store.ts';
import type { Batch } from './read-batch.ts';

/** More of them prove nothing more, and would let a broken device fill the disk. */
const MOST_FORKS = 16;

/** False when this tree is kept already, or enough of this log are: then there is nothing new to put on record. */
export async function keepFork(tx: Tx, batch: Batch, body: AppendBody, nowMs: number): Promise<boolean> {
  const { origin, epoch, size } = batch;
  const root = batch.root.toString('base64');
  const kept = await tx
    .selectFrom('desktop_forks')
    .select(['epoch', 'size', 'root'])
    .where('origin', '=', origin)
    .execute();
  if (kept.length >= MOST_FORKS) return false;
  if (kept.some((fork) => fork.epoch === epoch && Number(fork.size) === size && fork.root === root)) return false;
  await tx
    .insertInto('desktop_forks')
    .values({ origin, epoch, size, root, body: JSON.stringify(body), seen_at_ms: nowMs })
    .execute();
  return true;
}
