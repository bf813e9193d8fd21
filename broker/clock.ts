// The only file of the broker that reads the wall clock. Everything else is given a Clock.
import { performance } from 'node:perf_hooks';
import { uptime } from 'node:os';
import { SECOND_MS, type Clock, type EpochMs } from '#shared/domain/time.ts';

/** Milliseconds since boot, sleep included where the platform counts it (Linux and Windows do; macOS's is wall-based). */
function sinceBootMs(): number {
  return process.platform === 'darwin' ? performance.now() : uptime() * SECOND_MS;
}

/** Asking the system costs a file read on Linux, and its answer moves in steps of 10 ms only. */
const BOOT_TIME_KEPT_MS = 5;

/**
 * The system's time, which never falls behind the time that really passed since the start: a wall clock that is
 * set back does not make a grant live longer. A wall clock that runs ahead and comes back leaves no trace.
 */
export function createSystemClock(): Clock {
  const startedAtMs: EpochMs = Date.now();
  const bootAtStartMs = sinceBootMs();
  const monotonicAtStartMs = performance.now();
  let bootMs = bootAtStartMs;
  let askedAtMs = monotonicAtStartMs;
  return {
    now: () => {
      const monotonicMs = performance.now();
      if (monotonicMs - askedAtMs > BOOT_TIME_KEPT_MS) {
        bootMs = sinceBootMs();
        askedAtMs = monotonicMs;
      }
      const elapsedMs = Math.max(bootMs - bootAtStartMs, monotonicMs - monotonicAtStartMs);
      // uptime() moves in steps of 10 ms: one second of tolerance keeps it from pushing a healthy wall clock forward.
      const floorMs = Math.floor(startedAtMs + elapsedMs - SECOND_MS);
      return Math.max(Date.now(), floorMs);
    },
  };
}
