// Moves the time that one thread sees: wall time (`Date`) and boot time (`os.uptime`). Timers and hrtime stay as they
// are, as in a real suspend on Linux. All threads of the process share one memory, so a shift is seen at once everywhere.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const KEY = 'daypass-standin-clock';
const require = createRequire(import.meta.url);
const os = require('node:os') as { uptime: () => number };

function sharedShifts(): Float64Array {
  const given = getEnvironmentData(KEY);
  if (given instanceof SharedArrayBuffer) return new Float64Array(given);
  const memory = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  setEnvironmentData(KEY, memory);
  return new Float64Array(memory);
}

const shifts = sharedShifts();
const RealDate = globalThis.Date;
const realUptime = os.uptime;

export const wallShiftMs = (): number => shifts[0] ?? 0;

/** Adds to both shifts; wall time may be moved alone (a clock change) or both together (a sleep). */
export function shiftClock(byMs: { readonly wall: number; readonly boot: number }): void {
  shifts[0] = wallShiftMs() + byMs.wall;
  shifts[1] = (shifts[1] ?? 0) + byMs.boot;
}

/** Back to real wall time. Boot time never goes back. */
export function resetClock(): void {
  shifts[0] = 0;
}

/** Puts the shifted time in the place of this thread's own. */
export function installClock(): void {
  const now = (): number => RealDate.now() + wallShiftMs();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget: NewableFunction) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', {
    value: globalThis.Date,
    writable: true,
    configurable: true,
  });
  os.uptime = () => realUptime() + (shifts[1] ?? 0) / 1000;
  syncBuiltinESMExports();
}
