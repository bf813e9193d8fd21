// Every record of a log has come to each of its sinks, at least once, by its id.
import type { Delivered } from './kept.ts';

export function checkSinks(delivered: readonly Delivered[]): readonly string[] {
  return delivered.flatMap(({ sink, records, has }) =>
    records.filter((uid) => !has.has(uid)).map((uid) => `${sink} never got the record with the id ${uid}`),
  );
}
