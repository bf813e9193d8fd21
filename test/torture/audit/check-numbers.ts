// Every committed record is in the ledger exactly once, over all epochs; none is there that nobody began to write; and
// they are there in the order in which they were written.
import type { Kept } from './kept.ts';
import type { StoredRecord } from './stored-logs.ts';
import { uidOf } from './uid.ts';

export type NumbersFound = {
  readonly committed: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly unwritten: readonly string[];
  readonly disordered: readonly string[];
};

const NUMBER = /"(?:credential":"crd|useId":"use)_(\d+)"/;

export function checkNumbers({ stored, journals, givenUp, ownLogOf }: Kept): NumbersFound {
  const all = [...stored.desktops, ...stored.ledger];
  const there = all.flatMap(numberOf);
  const known = new Set(there);
  const begun = new Set([...journals.values()].flatMap((journal) => journal.begun));
  const committed = [...journals.values()].flatMap((journal) => journal.committed);
  return {
    committed: committed.length,
    lost: committed.filter((number) => !known.has(number) && !givenUp.has(number)).map((number) => `record ${number}`),
    doubled: [
      ...repeated(there).map((number) => `record ${number}`),
      ...repeated(all.map(({ canonical }) => uidOf(canonical))).map((uid) => `the record with the id ${uid}`),
    ],
    unwritten: there.filter((number) => !begun.has(number)).map((number) => `record ${number}`),
    disordered: [
      ...[...Map.groupBy(stored.desktops, ({ origin }) => origin)].flatMap(([origin, log]) =>
        disorderIn(log, (number) => !givenUp.has(number) && ownLogOf(number) === origin),
      ),
      ...disorderIn(stored.ledger, (number) => !givenUp.has(number)),
    ],
  };
}

function numberOf({ canonical }: StoredRecord): number[] {
  const found = NUMBER.exec(canonical);
  return found === null ? [] : [Number(found[1])];
}

function repeated<T>(values: readonly T[]): readonly T[] {
  const seen = new Set<T>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

/**
 * Each desktop writes one after another, whatever the epoch. What a disk had lost when it was put back may still come,
 * on a call that was late; and what follows from the log of another key comes when the broker said that it lacks it.
 */
function disorderIn(records: readonly StoredRecord[], counts: (number: number) => boolean): readonly string[] {
  const numbers = records.flatMap(numberOf).filter(counts);
  return numbers.flatMap((number, index) => {
    const before = numbers[index - 1] ?? -1;
    return number > before ? [] : [`record ${number} comes after record ${before}`];
  });
}
