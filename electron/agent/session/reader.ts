// Reads what is due, one reading at a time; what could not be read stays due and is tried again.
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';
import { emptyDue, isNothingDue, type Due } from './due.ts';

export type Reader = {
  /** Marks something as due and begins to read, unless the mark changed nothing (`false`). */
  readonly mark: (mark: (due: Due) => boolean | void) => void;
  /** Goes on with what is still due. */
  readonly goOn: () => void;
  /** Reads nothing more, and resolves when nothing is being read. */
  readonly close: () => Promise<void>;
};

const RETRY_MS = 5 * SECOND_MS;
const LONGEST_RETRY_MS = MINUTE_MS;

/** `read` gives what is left, or null. It must not throw. */
export function createReader(read: (due: Due) => Promise<Due | null>, timers: Timers): Reader {
  let due = emptyDue();
  let reading: Promise<void> | null = null;
  let retry: (() => void) | null = null;
  let closed = false;
  let failures = 0;

  async function readNow(): Promise<void> {
    const now = due;
    due = emptyDue();
    const left = await read(now);
    if (left === null) return void (failures = 0);
    due = left.merge(due);
    // Up to a fifth sooner, so that many desktops do not ask in step.
    const pauseMs = Math.min(RETRY_MS * 2 ** Math.min(failures, 10), LONGEST_RETRY_MS) * (1 - 0.2 * Math.random());
    failures += 1;
    retry = timers.after(pauseMs, () => {
      retry = null;
      goOn();
    });
  }

  function goOn(): void {
    if (closed || reading !== null || isNothingDue(due)) return;
    retry?.();
    retry = null;
    reading = readNow().finally(() => {
      reading = null;
      // What came in meanwhile; what failed waits for its time.
      if (retry === null) goOn();
    });
  }

  return {
    mark: (mark) => {
      if (mark(due) !== false) goOn();
    },
    goOn,
    close: async () => {
      closed = true;
      retry?.();
      await reading;
    },
  };
}
