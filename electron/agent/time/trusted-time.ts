// What time it is, when anybody may set the wall clock: pure. The highest of the wall clock, the broker's last signed
// time plus the time since, and the high-water mark. The mark rises only by signed time, never by the wall clock, so
// that a jump to 2099 and back leaves nothing behind.
import { DAY_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';

/** Both clocks of the machine, read together. */
export type Reading = { readonly wallMs: EpochMs; readonly bootMs: DurationMs };

/** What outlives the program. `wallMs` and `bootMs` are the clocks when it was last looked at, in the boot `bootId`. */
export type TimeMarks = {
  readonly bootId: string;
  readonly wallMs: EpochMs;
  readonly bootMs: DurationMs;
  /** Trusted time at that moment, by signed time alone; null before the broker ever signed one. */
  readonly highWaterMs: EpochMs | null;
  /** Whether the broker has signed a time in this boot: then trusted time is not behind it. */
  readonly anchored: boolean;
};

export type TimeState = { readonly marks: TimeMarks };

/** `ahead`: the wall clock is later than the time that passed. Its opposite is a clock that was set back. */
export type ClockJump = { readonly byMs: DurationMs; readonly atMs: EpochMs };

/** Summer time, a forgotten time zone and a drifting clock are less; nobody's access is lost for them. */
const JUMP_MS: DurationMs = DAY_MS;

/** Goes on from the marks of an earlier run, if there are any; after a reboot only the mark itself counts. */
export function startTime(
  stored: TimeMarks | null,
  bootId: string,
  reading: Reading,
): { readonly state: TimeState; readonly jump: ClockJump | null } {
  if (stored === null || stored.bootId !== bootId || reading.bootMs < stored.bootMs) {
    const marks = { bootId, ...reading, highWaterMs: stored?.highWaterMs ?? null, anchored: false };
    return { state: { marks }, jump: null };
  }
  return lookForJump({ marks: stored }, reading);
}

/** Trusted time at a reading. */
export function trustedNow({ marks }: TimeState, reading: Reading): EpochMs {
  return Math.max(reading.wallMs, signedNow(marks, reading) ?? reading.wallMs);
}

/** The mark, carried on by the time since boot: what the broker's signed time has become by now. */
function signedNow({ highWaterMs, bootMs }: TimeMarks, reading: Reading): EpochMs | null {
  return highWaterMs === null ? null : highWaterMs + Math.max(0, reading.bootMs - bootMs);
}

/**
 * Compares the clocks with the last look. A jump is told once: what follows is measured from here. Looks also bring the
 * marks up to now, which is what is to be stored.
 */
export function lookForJump(
  state: TimeState,
  reading: Reading,
): { readonly state: TimeState; readonly jump: ClockJump | null } {
  const { marks } = state;
  const passedMs = Math.max(0, reading.bootMs - marks.bootMs);
  const byMs = reading.wallMs - marks.wallMs - passedMs;
  if (Math.abs(byMs) <= JUMP_MS) return { state, jump: null };
  return { state: { marks: atReading(marks, reading) }, jump: { byMs, atMs: trustedNow(state, reading) } };
}

/** The marks as they are to be stored now; the pair of clocks stays the one that jumps are measured from. */
export function marksNow({ marks }: TimeState, reading: Reading): TimeMarks {
  const passedMs = Math.max(0, reading.bootMs - marks.bootMs);
  // Where the wall clock would be had nobody touched it since: a slow drift is not forgiven step by step.
  return { ...atReading(marks, reading), wallMs: marks.wallMs + passedMs };
}

/**
 * Takes a time that the broker signed just now. It raises the mark. A mark that is more than a day ahead of it was
 * wrong, since the broker is who says what time it is: the mark is put back, and that is told as a jump.
 */
export function anchorTime(
  state: TimeState,
  brokerMs: EpochMs,
  reading: Reading,
): { readonly state: TimeState; readonly jump: ClockJump | null } {
  const { marks } = state;
  const known = signedNow(marks, reading);
  const wrong = known !== null && known - brokerMs > JUMP_MS;
  const highWaterMs = wrong || known === null ? brokerMs : Math.max(known, brokerMs);
  const next: TimeMarks = { ...marksNow(state, reading), highWaterMs, anchored: true };
  const jump = wrong ? { byMs: brokerMs - known, atMs: brokerMs } : null;
  return { state: { marks: next }, jump };
}

function atReading(marks: TimeMarks, reading: Reading): TimeMarks {
  return { ...marks, ...reading, highWaterMs: signedNow(marks, reading) };
}
