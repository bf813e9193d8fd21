// When a signing key is made, loses its private half, and goes. Pure: keys and now in, steps out.
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import { removedFromMs, type KeyTimes } from './key-ring.ts';

export type Schedule = {
  /** No token lives longer: what a retired key must still vouch for. */
  readonly maxTokenLifeMs: DurationMs;
  /** How long others may keep the JWKS before they ask again. */
  readonly jwksCacheMs: DurationMs;
  /** A new key is published when the newest has been in use this long. */
  readonly rotateEveryMs: DurationMs;
};

export type ScheduledKey = KeyTimes & { readonly keyId: string; readonly maySign: boolean };

export type KeyStep =
  | { readonly step: 'publish'; readonly usedFromMs: EpochMs }
  | { readonly step: 'destroy_private'; readonly keyId: string }
  | { readonly step: 'remove'; readonly keyId: string };

/** What is due now. Publishing comes first, so that there is never a moment without a key. */
export function dueSteps(keys: readonly ScheduledKey[], nowMs: EpochMs, schedule: Schedule): readonly KeyStep[] {
  const steps: KeyStep[] = [];
  const newest = keys.filter((key) => key.retiredFromMs === null).toSorted((a, b) => b.usedFromMs - a.usedFromMs)[0];
  // Nobody can have cached a JWKS without the very first key, so it may sign at once.
  if (newest === undefined) steps.push({ step: 'publish', usedFromMs: nowMs });
  else if (nowMs >= newest.usedFromMs + schedule.rotateEveryMs) steps.push(publishNow(nowMs, schedule));
  for (const key of keys) {
    const removed = removedFromMs(key, schedule.maxTokenLifeMs);
    if (removed !== null && nowMs >= removed) steps.push({ step: 'remove', keyId: key.keyId });
    else if (key.maySign && key.retiredFromMs !== null && nowMs >= key.retiredFromMs) {
      steps.push({ step: 'destroy_private', keyId: key.keyId });
    }
  }
  return steps;
}

/** A key published now is used after two cache times: one for the copies that are out, one for clocks and delays. */
export function publishNow(nowMs: EpochMs, schedule: Schedule): KeyStep & { readonly step: 'publish' } {
  return { step: 'publish', usedFromMs: nowMs + 2 * schedule.jwksCacheMs };
}
