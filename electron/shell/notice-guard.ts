// Whether a press on a notification's button counts. A press in its first second was aimed at something else; one on a
// locked screen is nobody's; one on a notification that was replaced or withdrawn answers a question no longer asked.
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';

export const INERT_MS: DurationMs = SECOND_MS;

export type Press =
  | { readonly counts: true }
  | { readonly counts: false; readonly because: 'too_soon' | 'locked' | 'stale' };

/** `shownAtMs` and `nowMs` are of one clock that never goes back. Null: it is not on the screen by our knowledge. */
export function judgePress(press: {
  readonly shownAtMs: number | null;
  readonly nowMs: number;
  readonly locked: boolean;
  readonly current: boolean;
}): Press {
  if (!press.current) return { counts: false, because: 'stale' };
  if (press.locked) return { counts: false, because: 'locked' };
  if (press.shownAtMs === null || press.nowMs - press.shownAtMs < INERT_MS)
    return { counts: false, because: 'too_soon' };
  return { counts: true };
}
