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

export function checkNumbers({ stored, journals, givenUp }: Kept): NumbersFound {
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
    disordered: [...logsOf(stored.desktops), stored.ledger].flatMap((log) => disorderIn(log, givenUp)),
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

/** Each desktop writes one after another, whatever its epoch and its key. */
function logsOf(records: readonly StoredRecord[]): readonly (readonly StoredRecord[])[] {
  return [...Map.groupBy(records, ({ origin }) => origin).values()];
}

/** What a disk had lost when it was put back may still come, on a call that was late. */
function disorderIn(records: readonly StoredRecord[], givenUp: Kept['givenUp']): readonly string[] {
  const numbers = records.flatMap(numberOf).filter((number) => !givenUp.has(number));
  return numbers.flatMap((number, index) => {
    const before = numbers[index - 1] ?? -1;
    return number > before ? [] : [`record ${number} comes after record ${before}`];
  });
}
