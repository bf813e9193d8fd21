// What is shown of the sinks: as they say themselves, and why the secret of one is not to be had. When one has needed a
// person for a while is told at that time, by a timer, and not before.
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import type { SinkStatus } from '#shared/contracts/sinks.ts';
import { MINUTE_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { referenceOf } from './sink-secrets.ts';
import type { Missing, UsedSinks } from './used-sinks.ts';

/** So long a sink may be stuck before the person is asked to look: much passes by itself. */
export const PATIENCE_MS = 3 * MINUTE_MS;

type Seen = {
  readonly used: Pick<UsedSinks, 'all' | 'missing'>;
  readonly status: () => readonly SinkStatus[];
  readonly nowMs: EpochMs;
};

/** In the order in which they are used. */
export function sinkCards({ used, status, nowMs }: Seen): readonly SinkCard[] {
  const byName = new Map(status().map((each) => [each.name, each]));
  return used.all().flatMap(({ sink, managed }): SinkCard[] => {
    const told = byName.get(sink.name);
    if (told === undefined) return [];
    const state = stateOf(told, used.missing(sink.name));
    const card = { ...told, managed, state };
    return [{ ...card, hasSecret: referenceOf(sink) !== null, needsLook: needsLook(card, nowMs) }];
  });
}

/** After how long one of them will need a person who does not need one yet; null: none. */
export function untilOneNeedsLook(cards: readonly SinkCard[], nowMs: EpochMs): DurationMs | null {
  const waits = cards.flatMap(({ state, needsLook: does }) =>
    !does && state.kind === 'stuck' && state.needsPerson ? [state.sinceMs + PATIENCE_MS - nowMs] : [],
  );
  return waits.length === 0 ? null : Math.max(0, Math.min(...waits));
}

function stateOf({ state }: SinkStatus, missing: Missing | null): SinkStatus['state'] {
  if (missing === null) return state;
  const { problem, sinceMs } = missing;
  const records = state.kind === 'synced' ? 0 : state.records;
  return { kind: 'stuck', records, code: `secret_${problem}`, sinceMs, needsPerson: true };
}

function needsLook({ state, deadLetters }: SinkStatus, nowMs: EpochMs): boolean {
  if (deadLetters > 0) return true;
  return state.kind === 'stuck' && state.needsPerson && nowMs - state.sinceMs >= PATIENCE_MS;
}
