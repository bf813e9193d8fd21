// The window's only clock: trusted time of the last snapshot plus what this window's monotonic clock counted since.
// One timer for everything that counts; none while nothing counts or nobody can see it. It never reads the wall clock.
import type { EpochMs } from '#shared/domain/time.ts';
import { SECOND_MS } from '#shared/domain/time.ts';

type Tick = (nowMs: EpochMs) => void;

const AFTER_MS = 2;

let anchoredMs: EpochMs = 0;
let anchoredAt = 0;
let timer: ReturnType<typeof setTimeout> | null = null;
const ticks = new Set<Tick>();

/** Sets what time it is. Takes the trusted time of a snapshot, at its arrival. */
export function anchorClock(trustedMs: EpochMs): void {
  anchoredMs = trustedMs;
  anchoredAt = performance.now();
  runTicks();
}

/** Trusted time now, in epoch ms. */
export function nowMs(): EpochMs {
  return anchoredMs + (performance.now() - anchoredAt);
}

/** Calls `tick` at once and then on each whole second while the window can be seen. Gives the way to stop. */
export function onTick(tick: Tick): () => void {
  ticks.add(tick);
  tick(nowMs());
  arm();
  return () => {
    ticks.delete(tick);
    if (ticks.size === 0) disarm();
  };
}

/** Counts only while somebody can see it. Call once, for the life of the window. */
export function followVisibility(page: Document): void {
  page.addEventListener('visibilitychange', () => (page.hidden ? disarm() : runTicks()));
}

function runTicks(): void {
  disarm();
  const now = nowMs();
  for (const tick of ticks) tick(now);
  arm();
}

function arm(): void {
  if (timer !== null || ticks.size === 0 || document.hidden) return;
  const now = nowMs();
  const restMs = SECOND_MS - (((now % SECOND_MS) + SECOND_MS) % SECOND_MS);
  // Just after the second: timers drop fractions, and one that comes before it would find the old second and come again.
  timer = setTimeout(runTicks, Math.ceil(restMs) + AFTER_MS);
}

function disarm(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
}
