// What a clock on the requester's wall shows, from an instant and an IANA zone. An unknown zone gives null, never UTC.
import type { EpochMs } from '#shared/domain/time.ts';

export type LocalTime = {
  /** ISO 8601: 1 is Monday, 7 is Sunday. */
  readonly dow: number;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
  readonly holiday: boolean;
  readonly tz: string;
};

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const KEPT_ZONES = 256;
const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Takes the instant, the zone (null: unknown) and the holidays as `YYYY-MM-DD` in that zone. */
export function localTime(nowMs: EpochMs, zone: string | null, holidays: readonly string[]): LocalTime | null {
  const format = zone === null ? null : formatFor(zone);
  if (zone === null || format === null) return null;
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return {
    dow: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    holiday: holidays.includes(date),
    tz: zone,
  };
}

/** Building a format costs more than a decision, so each zone's is kept; zones come from outside, so not for ever. */
function formatFor(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  if (formats.size >= KEPT_ZONES) formats.clear();
  const format = newFormat(zone);
  formats.set(zone, format);
  return format;
}

function newFormat(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
