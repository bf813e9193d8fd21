// Remembers what was used, until it could not be used again anyway. Bounded in time and size; when full it refuses
// what is new: forgetting early would let a proof be used twice.
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';

export type Use = {
  readonly issuedAtMs: EpochMs;
  /** Past this moment it is refused for its age. */
  readonly untilMs: EpochMs;
  readonly nowMs: EpochMs;
};

export type Used = 'fresh' | 'replayed' | 'past' | 'full';

export type ReplayMemory = {
  /** Marks an id as used. Only `fresh` may go on; `past` is too old, or older than this memory. */
  readonly use: (id: string, use: Use) => Used | Promise<Used>;
};

const FORGET_EVERY_MS = 10_000;
/** Looking through a full memory costs the more the fuller it is: not at every refused call. */
const FORGET_WHEN_FULL_EVERY_MS = 1000;

/** Takes how many ids it holds at most, and when it starts: what was issued before may have been used before. */
export function createReplayMemory(capacity: number, startedAtMs: EpochMs): ReplayMemory {
  // Issue times are whole seconds: the one that the start falls in counts as after it.
  const knownFromMs = Math.floor(startedAtMs / 1000) * 1000;
  const untilMsById = new Map<string, EpochMs>();
  const forgotten = createForgotten();
  let lookedAtMs = startedAtMs;
  const forgetPast = (nowMs: EpochMs): void => {
    for (const [id, untilMs] of untilMsById) {
      if (untilMs >= nowMs) continue;
      untilMsById.delete(id);
      forgotten.add(untilMs);
    }
    lookedAtMs = nowMs;
  };
  return {
    use: (id, { issuedAtMs, untilMs, nowMs }) => {
      // A clock that was set back must not bring a forgotten proof to life again.
      if (issuedAtMs < knownFromMs || untilMs < nowMs || forgotten.has(untilMs)) return 'past';
      if (untilMsById.has(id)) return 'replayed';
      const pauseMs = untilMsById.size >= capacity ? FORGET_WHEN_FULL_EVERY_MS : FORGET_EVERY_MS;
      if (Math.abs(nowMs - lookedAtMs) >= pauseMs) forgetPast(nowMs);
      if (untilMsById.size >= capacity) return 'full';
      untilMsById.set(id, untilMs);
      return 'fresh';
    },
  };
}

type Span = { readonly fromMs: EpochMs; readonly toMs: EpochMs };

const MOST_SPANS = 64;

/**
 * The times to which forgotten ids were good, as few spans. A clock that ran to 2099 and came back adds a span there;
 * one mark of the latest time would refuse everybody until 2099.
 */
function createForgotten(): { readonly add: (untilMs: EpochMs) => void; readonly has: (untilMs: EpochMs) => boolean } {
  let spans: readonly Span[] = [];
  return {
    has: (untilMs) => spans.some(({ fromMs, toMs }) => fromMs <= untilMs && untilMs <= toMs),
    add: (untilMs) => {
      if (spans.some(({ fromMs, toMs }) => fromMs <= untilMs && untilMs <= toMs)) return;
      const near = spans.find(({ fromMs, toMs }) => fromMs - DAY_MS <= untilMs && untilMs <= toMs + DAY_MS);
      const grown =
        near === undefined
          ? { fromMs: untilMs, toMs: untilMs }
          : { fromMs: Math.min(near.fromMs, untilMs), toMs: Math.max(near.toMs, untilMs) };
      const rest = spans.filter((span) => span !== near);
      spans = mergeFirst([...rest, grown].sort((a, b) => a.fromMs - b.fromMs));
    },
  };
}

/** What is longest ago is refused for its age anyway: there a span may be too wide. */
function mergeFirst(spans: readonly Span[]): readonly Span[] {
  const [first, second, ...rest] = spans;
  if (spans.length <= MOST_SPANS || first === undefined || second === undefined) return spans;
  return [{ fromMs: first.fromMs, toMs: Math.max(first.toMs, second.toMs) }, ...rest];
}
