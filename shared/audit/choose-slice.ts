// Which records an export by time range is of: from the one after the last that is too early, to the one before the first
// that is too late, and one more on either side, whose times show that nothing of the range was left out.
import type { Slice, TimeRange } from './export-range.ts';

/** Questions about the times of a log's records; answers are sequence numbers, null: there is none such. */
export type RecordTimes = {
  /** The first and the last record whose time is in the range. */
  readonly within: (range: TimeRange) => Promise<{ readonly first: number; readonly last: number } | null>;
  /** The last record before `sequence` whose time is before `beforeMs`. */
  readonly lastBefore: (sequence: number, beforeMs: number) => Promise<number | null>;
  /** The first record from `sequence` on whose time is not before `fromMs`. */
  readonly firstFrom: (sequence: number, fromMs: number) => Promise<number | null>;
};

/** `size`: of the whole log, at least 1. */
export async function chooseSlice(times: RecordTimes, range: TimeRange, size: number): Promise<Slice> {
  const { first, end } = await recordsOf(times, range, size);
  const [from, until] = [Math.max(0, first - 1), Math.min(size, end + 1)];
  return { first: from, count: until - from };
}

async function recordsOf(
  times: RecordTimes,
  { fromMs, untilMs }: TimeRange,
  size: number,
): Promise<{ readonly first: number; readonly end: number }> {
  const within = await times.within({ fromMs, untilMs });
  const firstLate = async (sequence: number): Promise<number> =>
    (untilMs === null ? null : await times.firstFrom(sequence, untilMs)) ?? size;
  if (within === null) {
    const place = await firstLate(0);
    return { first: place, end: place };
  }
  const lastEarly = fromMs === null ? null : await times.lastBefore(within.first, fromMs);
  return { first: (lastEarly ?? -1) + 1, end: await firstLate(within.last + 1) };
}
