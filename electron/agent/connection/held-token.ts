// The access token in memory, when it is to be replaced, and how long to leave a provider alone that did not answer.
import { MINUTE_MS, SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';

export type HeldToken = {
  readonly hold: (accessToken: string, livesMs: DurationMs) => void;
  /** `use` goes on with what there is; null: there is nothing. `due`: another should be asked for now. */
  readonly look: () => { readonly use: string | null; readonly due: boolean };
  /** The provider did not answer. */
  readonly failed: () => void;
  /** Nothing is to be waited for any more. */
  readonly retry: () => void;
  /** Forgets it, if it is this one. */
  readonly forget: (accessToken?: string) => void;
  readonly close: () => void;
};

type Options = {
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly random: () => number;
  /** It is time for another. */
  readonly due: () => void;
};

const FIRST_PAUSE_MS = SECOND_MS;
const LONGEST_PAUSE_MS = 30 * SECOND_MS;
/** Looked at again: trusted time may move otherwise than timers. */
const LONGEST_TIMER_MS = 60 * MINUTE_MS;

export function createHeldToken({ timers, now, random, due }: Options): HeldToken {
  let held: { readonly accessToken: string; readonly refreshAtMs: EpochMs; readonly expiresAtMs: EpochMs } | null =
    null;
  let failures = 0;
  let notBeforeMs: EpochMs = 0;
  let cancel: () => void = () => undefined;
  let closed = false;

  function arm(atMs: EpochMs): void {
    cancel();
    if (!closed) cancel = timers.after(Math.min(Math.max(0, atMs - now()), LONGEST_TIMER_MS), due);
  }

  return {
    hold: (accessToken, livesMs) => {
      // Not all desktops at once, and well before the end: from 70 to 85 % of its life.
      const refreshAtMs = now() + livesMs * (0.7 + 0.15 * random());
      held = { accessToken, refreshAtMs, expiresAtMs: now() + livesMs };
      failures = 0;
      notBeforeMs = 0;
      arm(refreshAtMs);
    },
    look: () => {
      const nowMs = now();
      const use = held !== null && nowMs < held.expiresAtMs ? held.accessToken : null;
      const young = held !== null && nowMs < held.refreshAtMs;
      return { use, due: !young && nowMs >= notBeforeMs };
    },
    failed: () => {
      // Somewhere between half and all of it, so that a thousand desktops do not come back as one.
      const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
      failures += 1;
      notBeforeMs = now() + longestMs * (0.5 + 0.5 * random());
      arm(notBeforeMs);
    },
    retry: () => {
      notBeforeMs = 0;
    },
    forget: (accessToken) => {
      if (accessToken !== undefined && held?.accessToken !== accessToken) return;
      held = null;
      cancel();
    },
    close: () => {
      closed = true;
      cancel();
    },
  };
}
