// Remembers what was used, until it could not be used again anyway. Bounded in time and size; when full it refuses
// what is new: forgetting early would let a proof be used twice.
import type { EpochMs } from '#shared/domain/time.ts';

export type Use = {
  readonly issuedAtMs: EpochMs;
  /** Past this moment it is refused for its age. */
  readonly untilMs: EpochMs;
  readonly nowMs: EpochMs;
};

export type ReplayMemory = {
  /** Marks an id as used. Only `fresh` may go on; `past` is too old, or older than this memory. */
  readonly use: (id: string, use: Use) => 'fresh' | 'replayed' | 'past' | 'full';
};

const FORGET_EVERY_MS = 10_000;
/** Looking through a full memory costs the more the fuller it is: not at every refused call. */
const FORGET_WHEN_FULL_EVERY_MS = 1000;

/** Takes how many ids it holds at most, and when it starts: what was issued before may have been used before. */
export function createReplayMemory(capacity: number, startedAtMs: EpochMs): ReplayMemory {
  // Issue times are whole seconds: the one that the start falls in counts as after it.
  const knownFromMs = Math.floor(startedAtMs / 1000) * 1000;
  const untilMsById = new Map<string, EpochMs>();
  let forgottenToMs = startedAtMs;
  const forgetPast = (nowMs: EpochMs): void => {
    for (const [id, untilMs] of untilMsById) if (untilMs < nowMs) untilMsById.delete(id);
    forgottenToMs = nowMs;
  };
  return {
    use: (id, { issuedAtMs, untilMs, nowMs }) => {
      // `forgottenToMs` as well: a clock that was set back must not bring a forgotten proof to life again.
      if (issuedAtMs < knownFromMs || untilMs < Math.max(nowMs, forgottenToMs)) return 'past';
      if (untilMsById.has(id)) return 'replayed';
      const pauseMs = untilMsById.size >= capacity ? FORGET_WHEN_FULL_EVERY_MS : FORGET_EVERY_MS;
      if (nowMs >= forgottenToMs + pauseMs) forgetPast(nowMs);
      if (untilMsById.size >= capacity) return 'full';
      untilMsById.set(id, untilMs);
      return 'fresh';
    },
  };
}
