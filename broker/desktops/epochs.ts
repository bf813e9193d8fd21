// Which epoch of a desktop's log may be written to: the newest, or a later one if it names what was accepted of it.
import type { Batch } from './read-batch.ts';
import { readOpening } from './read-opening.ts';
import type { StoredHead } from './stored-log.ts';

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
