// The only file of the desktop's core that reads the machine's clocks and sets timers. Judges nothing: see time/.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import type { TimeSource, Timers } from './ports.ts';

/** Node fires a timer at once that is set for 2^31 ms or more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clocks of this machine. `bootMs` moves in steps of 10 ms on Linux. */
export function systemTime(): TimeSource {
  return { wallMs: () => Date.now(), bootMs, bootId: readBootId() };
}

/** Sleep counts: `uptime` has it on Linux and Windows; on macOS that one follows the wall clock, and hrtime does not. */
function bootMs(): DurationMs {
  if (process.platform === 'darwin') return Number(process.hrtime.bigint() / 1_000_000n);
  return Math.round(uptime() * SECOND_MS);
}

/**
 * Where the system does not name its boots, the minute in which it booted stands for it. That follows the wall clock:
 * setting the clock between two starts of the app looks like a reboot, which only makes it ask the broker's time again.
 */
function readBootId(): string {
  if (process.platform === 'linux') {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      // Falls through: some sandboxes hide it.
    }
  }
  const bootedAtMinute = Math.round((Date.now() - bootMs()) / MINUTE_MS);
  return createHash('sha256').update(`${hostname()} ${bootedAtMinute}`).digest('hex').slice(0, 32);
}

export const systemTimers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
