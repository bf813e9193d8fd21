// Whether the records of a slice are those of its time range: by their own times, which the signed root vouches for.
// The record on either side must lie outside, and the first and last between them inside.
import { err, ok, type Result } from '../domain/result.ts';
import type { Slice, TimeRange } from './export-range.ts';

/** How it is known that nothing of the range comes before (after) what is there. */
export type RangeEdge =
  /** The record beside it is there, and its time lies outside. */
  | 'record_outside'
  /** The log itself begins or ends there. */
  | 'end_of_log'
  /** The record beside it was pruned: its time cannot be seen. */
  | 'not_shown';

export type RangeShown = TimeRange & {
  /** Sequence number of the first record of the range; where it would stand, if there is none. */
  readonly first: number;
  readonly records: number;
  /** Of these, records of another time: the clock was not the same all along. */
  readonly otherTimes: number;
  readonly start: RangeEdge;
  readonly end: RangeEdge;
};

/** `record`: which one shows that the range is another one than is claimed. */
export type RangeDiffers = { readonly code: 'range_differs'; readonly record: number; readonly side: 'start' | 'end' };

export type RangeWatch = {
  /** Call for every record of the slice in order; null: it was pruned. */
  readonly see: (timeMs: number | null) => void;
  readonly finish: () => Result<RangeShown, RangeDiffers>;
};

type Place = { readonly boundMs: number | null; /** The log itself begins or ends there. */ readonly ofLog: boolean };
type Edge = { readonly kind: RangeEdge; readonly guards: 0 | 1 };

/** `size`: of the whole log. */
export function watchRange({ fromMs, untilMs, first, count }: TimeRange & Slice, size: number): RangeWatch {
  const isBefore = (timeMs: number | null): boolean => timeMs !== null && fromMs !== null && timeMs < fromMs;
  const isAfter = (timeMs: number | null): boolean => timeMs !== null && untilMs !== null && timeMs >= untilMs;
  /** Of the first two and the last two: all that the edges hang on. */
  const heads: (number | null)[] = [];
  let tails: readonly (number | null)[] = [];
  let outside = 0;

  function edge(beside: number | null, isOutside: (timeMs: number | null) => boolean, place: Place): Edge | null {
    if (isOutside(beside)) return { kind: 'record_outside', guards: 1 };
    if (place.ofLog) return { kind: 'end_of_log', guards: 0 };
    return beside === null && place.boundMs !== null ? { kind: 'not_shown', guards: 1 } : null;
  }

  return {
    see(timeMs) {
      if (heads.length < 2) heads.push(timeMs);
      tails = [...tails, timeMs].slice(-2);
      if (isBefore(timeMs) || isAfter(timeMs)) outside += 1;
    },
    finish() {
      const last = first + count - 1;
      const start = edge(heads[0] ?? null, isBefore, { boundMs: fromMs, ofLog: first === 0 });
      const end = edge(tails.at(-1) ?? null, isAfter, { boundMs: untilMs, ofLog: last + 1 === size });
      if (start === null) return err({ code: 'range_differs', record: first, side: 'start' });
      if (end === null) return err({ code: 'range_differs', record: last, side: 'end' });
      // A single record beside an empty range cannot stand on both sides of it.
      const records = count - start.guards - end.guards;
      if (records < 0) return err({ code: 'range_differs', record: first, side: 'start' });
      const [inner, innerLast] = [first + start.guards, last - end.guards];
      if (records > 0 && isBefore(heads[start.guards] ?? null))
        return err({ code: 'range_differs', record: inner, side: 'start' });
      if (records > 0 && isAfter(tails.at(-1 - end.guards) ?? null))
        return err({ code: 'range_differs', record: innerLast, side: 'end' });
      const beside = [start, end].filter(({ kind }) => kind === 'record_outside').length;
      const edges = { start: start.kind, end: end.kind };
      return ok({ fromMs, untilMs, first: inner, records, otherTimes: outside - beside, ...edges });
    },
  };
}
