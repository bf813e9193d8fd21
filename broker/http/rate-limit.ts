// Token buckets by caller and kind of call. Bounded in memory; the oldest idle bucket makes room for a new one.
import { MINUTE_MS, type Clock, type EpochMs } from '#shared/domain/time.ts';

export type RateLimit = {
  /** Takes one from the caller's bucket. Null when there was one, else when the next one comes. */
  readonly take: (caller: string, kind: string, perMinute: number) => EpochMs | null;
  /** The same without taking one. */
  readonly look: (caller: string, kind: string, perMinute: number) => EpochMs | null;
};

type Bucket = { tokens: number; atMs: EpochMs };

const MOST_BUCKETS = 10_000;

export function createRateLimit(clock: Clock): RateLimit {
  const buckets = new Map<string, Bucket>();
  const fill = (key: string, nowMs: EpochMs, perMinute: number): number => {
    const bucket = buckets.get(key) ?? { tokens: perMinute, atMs: nowMs };
    const elapsedMs = Math.max(0, nowMs - bucket.atMs);
    return Math.min(perMinute, bucket.tokens + (elapsedMs * perMinute) / MINUTE_MS);
  };
  const nextAt = (tokens: number, nowMs: EpochMs, perMinute: number): EpochMs | null =>
    tokens >= 1 ? null : nowMs + Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute);
  return {
    look: (caller, kind, perMinute) => {
      const nowMs = clock.now();
      return nextAt(fill(`${kind} ${caller}`, nowMs, perMinute), nowMs, perMinute);
    },
    take: (caller, kind, perMinute) => {
      const nowMs = clock.now();
      const key = `${kind} ${caller}`;
      const tokens = fill(key, nowMs, perMinute);
      buckets.delete(key);
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
      if (buckets.size > MOST_BUCKETS) {
        const oldest = buckets.keys().next().value;
        if (oldest !== undefined) buckets.delete(oldest);
      }
      return nextAt(tokens, nowMs, perMinute);
    },
  };
}
