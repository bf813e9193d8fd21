// Trusted time as the agent uses it: the machine's clocks, judged by trusted-time.ts, with marks that outlive the run.
import { MINUTE_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { Log, TimeSource } from '../ports.ts';
import { readJump, readTimeMarks, writeTimeMarks, type TimeTables } from './time-marks.ts';
import {
  anchorTime,
  type ClockJump,
  lookForJump,
  marksNow,
  type Reading,
  startTime,
  type TimeState,
  trustedNow,
} from './trusted-time.ts';

export type TrustedTime = {
  readonly now: () => EpochMs;
  /** Takes a time that the broker signed just now; not while a jump is unanswered. */
  readonly anchor: (brokerMs: EpochMs) => Promise<void>;
  /** Whether the broker has signed a time in this boot of the machine. */
  readonly anchored: () => boolean;
  /** Compares the clocks: at each tick, after resume and when the clock was set. */
  readonly look: () => void;
  /** The jump that nobody has answered to yet. */
  readonly jump: () => ClockJump | null;
  /** The person says that the clock is right as it is now. Until then a start asks again. */
  readonly acceptJump: () => void;
  /** Writes the marks, as before the program ends. */
  readonly save: () => Promise<void>;
};

export type TrustedTimeOptions = {
  readonly source: TimeSource;
  readonly store: Store<TimeTables>;
  readonly log: Log;
  /** Told of each jump, also of one while the program did not run: then in a later turn of the event loop. */
  readonly onJump: (jump: ClockJump) => void;
};

/** After a reboot the mark is only as new as the last one that was written. */
const SAVED_EVERY_MS = MINUTE_MS;

/** Opens on a database with `timeMigrations`. */
export async function openTrustedTime({ source, store, log, onJump }: TrustedTimeOptions): Promise<TrustedTime> {
  const read = (): Reading => ({ wallMs: source.wallMs(), bootMs: source.bootMs() });
  const stored = await readTimeMarks(store);
  const started = startTime(stored, source.bootId, read());
  let state: TimeState = started.state;
  // What was not answered is asked again: until then nothing is begun.
  let jump: ClockJump | null = started.jump ?? (await readJump(store));
  let savedAtMs = -Infinity;

  const tell = (found: ClockJump | null): void => {
    if (found === null) return;
    jump = found;
    log.info('time.jumped', { byMs: found.byMs });
    onJump(found);
  };
  const save = async (): Promise<void> => {
    const reading = read();
    savedAtMs = reading.bootMs;
    try {
      await writeTimeMarks(store, marksNow(state, reading), jump);
    } catch (error) {
      log.trouble('time.marks_not_saved', error);
    }
  };
  const look = (): void => {
    const looked = lookForJump(state, read());
    state = looked.state;
    jump = looked.jump ?? jump;
    if (looked.jump !== null || source.bootMs() - savedAtMs >= SAVED_EVERY_MS) void save();
    tell(looked.jump);
  };
  if (started.jump !== null) setImmediate(tell, started.jump);
  await save();
  return {
    now: () => trustedNow(state, read()),
    anchor: async (brokerMs) => {
      look();
      // An embedded broker reads the very clock that jumped: what it signs meanwhile must not raise the mark.
      if (jump !== null) return;
      const anchored = anchorTime(state, brokerMs, read());
      state = anchored.state;
      tell(anchored.jump);
      await save();
    },
    anchored: () => state.marks.anchored,
    look,
    jump: () => jump,
    acceptJump: () => {
      jump = null;
      void save();
    },
    save,
  };
}
