// How many refused calls are worth a record: each credential has few, all together have some. A holder of a dead token
// who tries it a million times is one fact, not a million records.
import { MINUTE_MS, SECOND_MS, type Clock } from '#shared/domain/time.ts';

type Bucket = { tokens: number; atMs: number };
type Rate = { readonly burst: number; readonly perMs: number };

const EACH: Rate = { burst: 10, perMs: 1 / (10 * SECOND_MS) };
const ALL: Rate = { burst: 200, perMs: 10 / SECOND_MS };
const FORGET_AFTER_MS = 5 * MINUTE_MS;
const MAX_KNOWN = 10_000;

function refill(bucket: Bucket, rate: Rate, nowMs: number): void {
  // A clock that was set back gives nothing, and takes nothing.
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.tokens = Math.min(rate.burst, bucket.tokens + elapsedMs * rate.perMs);
  bucket.atMs = nowMs;
}

/** Says whether one more refusal of this credential may be recorded, and counts it. */
export function createRefusalBudget(clock: Clock): (credentialId: string) => boolean {
  const all: Bucket = { tokens: ALL.burst, atMs: clock.now() };
  const each = new Map<string, Bucket>();

  function forgetOld(nowMs: number): void {
    for (const [id, bucket] of each) if (nowMs - bucket.atMs > FORGET_AFTER_MS) each.delete(id);
    if (each.size >= MAX_KNOWN) each.clear();
  }

  return (credentialId) => {
    const nowMs = clock.now();
    if (each.size >= MAX_KNOWN) forgetOld(nowMs);
    const bucket = each.get(credentialId) ?? { tokens: EACH.burst, atMs: nowMs };
    each.set(credentialId, bucket);
    refill(bucket, EACH, nowMs);
    refill(all, ALL, nowMs);
    if (bucket.tokens < 1 || all.tokens < 1) return false;
    bucket.tokens -= 1;
    all.tokens -= 1;
    return true;
  };
}
