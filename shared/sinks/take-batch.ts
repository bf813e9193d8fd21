// The next records of a log for one sink, within what one delivery may have. All of one epoch, so that what is said of
// the log holds for all of them.
import type { SinkCursor, SinkSource, SourcedRecord } from './sinks.ts';

export type Bounds = { readonly records: number; readonly bytes: number };

/** At least one record, however large it is; empty: there is none. */
export async function takeBatch(
  source: Pick<SinkSource, 'after'>,
  cursor: SinkCursor | null,
  most: Bounds,
): Promise<readonly SourcedRecord[]> {
  const found = await source.after(cursor, most.records);
  const [first] = found;
  if (first === undefined) return [];
  let bytes = 0;
  let taken = 0;
  for (const { at, canonical } of found) {
    bytes += Buffer.byteLength(canonical) + 1;
    const fits = taken === 0 || bytes <= most.bytes;
    if (!fits || at.origin !== first.at.origin || at.epoch !== first.at.epoch) break;
    taken += 1;
  }
  return found.slice(0, taken);
}
