// Access at hours that are not the holder's own: by their habit where there is enough of it, else by the working day.
import { localTime, type LocalTime } from '#broker/policy/local-time.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Examined, Facts } from './deviation.ts';

/** So much of a habit must be known before it counts. */
const ENOUGH = 10;
/** Of the earlier starts, so many near this hour of the same kind of day make it usual. */
const USUAL_SHARE = 0.05;
const NEAR_MINUTES = 90;
const DAY_MINUTES = 24 * 60;
const WORK_FROM = 7 * 60;
const WORK_TO = 20 * 60;

/** The start and the first use of each hour are looked at; the first that is unusual is named, in the holder's zone. */
export function unusualHours({ startsAtMs, uses, holder }: Examined): Facts | null {
  // A habit can be told in any zone; a working day cannot.
  const zone = holder.zone !== null && localTime(startsAtMs, holder.zone, []) !== null ? holder.zone : null;
  const habit = holder.earlierStartsMs.length >= ENOUGH;
  if (zone === null && !habit) return null;
  const at = (atMs: EpochMs): LocalTime => {
    const local = localTime(atMs, zone ?? 'UTC', holder.holidays);
    if (local === null) throw new RangeError('no local time in a known zone');
    return local;
  };
  const earlier = habit ? holder.earlierStartsMs.map(at) : [];
  const moments = [startsAtMs, ...uses.momentsMs].map(at);
  const unusual = moments.find((moment) => (habit ? !isUsual(moment, earlier) : !isWorkTime(moment)));
  if (unusual === undefined) return null;
  return {
    time: `${pad(Math.floor(unusual.minute / 60))}:${pad(unusual.minute % 60)}`,
    weekday: unusual.dow,
    zone: zone ?? 'UTC',
    compared_with: habit ? 'own_hours' : 'working_hours',
    earlier: holder.earlierStartsMs.length,
  };
}

function isWorkday({ dow, holiday }: LocalTime): boolean {
  return dow <= 5 && !holiday;
}

function isWorkTime(moment: LocalTime): boolean {
  return isWorkday(moment) && moment.minute >= WORK_FROM && moment.minute < WORK_TO;
}

function isUsual(moment: LocalTime, earlier: readonly LocalTime[]): boolean {
  const near = earlier.filter(
    (other) => isWorkday(other) === isWorkday(moment) && minutesApart(other.minute, moment.minute) <= NEAR_MINUTES,
  );
  return near.length > 0 && near.length >= earlier.length * USUAL_SHARE;
}

/** Around midnight 23:50 and 00:10 are near. */
function minutesApart(a: number, b: number): number {
  const apart = Math.abs(a - b);
  return Math.min(apart, DAY_MINUTES - apart);
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
