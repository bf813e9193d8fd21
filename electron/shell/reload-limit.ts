// How often a broken window is loaded again by itself. After that it waits until somebody asks for it.
import { MINUTE_MS } from '#shared/domain/time.ts';

const RELOADS_A_MINUTE = 3;

/** `elapsedMs` is any clock that never goes back. Gives whether one more is allowed now, and counts it. */
export function limitReloads(elapsedMs: () => number): () => boolean {
  let recent: readonly number[] = [];
  return () => {
    const now = elapsedMs();
    recent = recent.filter((atMs) => now - atMs < MINUTE_MS);
    if (recent.length >= RELOADS_A_MINUTE) return false;
    recent = [...recent, now];
    return true;
  };
}
