// Trusted time as the agent's session uses it.
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

export type Deadlines = {
  /** Runs once at or soon after this trusted time, also when the machine slept over it. The same id replaces the earlier one. */
  readonly at: (id: string, atMs: EpochMs, run: () => void) => void;
  readonly cancel: (id: string) => void;
  /** Runs everything that is due now. */
  readonly recheck: () => void;
};

/** The jump of the clock that nobody has answered yet. */
export type ClockJump = { readonly byMs: DurationMs; readonly atMs: EpochMs };

export type TrustedTime = {
  readonly now: () => EpochMs;
  readonly jump: () => ClockJump | null;
  /** The person says that the clock is right now. */
  readonly acceptJump: () => Promise<void>;
  /** Told when the clock jumped, and when that was answered. */
  readonly subscribe: (listener: () => void) => () => void;
};
