// Brings one log to one sink, for ever: takes a batch, sends it, and moves the cursor only when the sink has it. Keeps
// nothing but the batch that travels, and holds up nobody else.
import type { Result } from '../domain/result.ts';
import type { Clock, DurationMs } from '../domain/time.ts';
import type { Alarm } from './alarm.ts';
import { pauseAfter } from './backoff.ts';
import type { Progress } from './progress.ts';
import type { SinkCursor, SinkProblem, SinkSource } from './sinks.ts';
import { takeBatch } from './take-batch.ts';
import { type Batch, type Failure, failed, type Outcome, type Target } from './target.ts';
import { testRecord } from './test-record.ts';
import type { SinkTimes } from './times.ts';

export type CourierParts = {
  readonly name: string;
  readonly program: string;
  readonly target: Result<Target, 'no_secret' | 'bad_secret'>;
  readonly source: SinkSource;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly times: SinkTimes;
  /** From 0 to 1: spreads what would come at once. */
  readonly chance: () => number;
  /** Whether it is this program that delivers now. */
  readonly isOurs: () => boolean;
  /** Null: whoever writes to the log or delivers from it is this program. */
  readonly lookMs: DurationMs | null;
  /** There is more, or may be. */
  readonly news: Alarm;
  /** Somebody wants it tried at once. */
  readonly hurry: Alarm;
  readonly closing: AbortSignal;
  /** It has more than before. */
  readonly onProgress: () => void;
  readonly onTrouble: (error: unknown) => void;
};

type Travelling = Batch & { readonly from: SinkCursor | null };
/** What to do next: go on, wait for more, or try again after a pause. */
type Next = 'more' | 'idle' | { readonly pauseMs: DurationMs };

/** Runs until `closing` is aborted. Never rejects. */
export async function deliver(parts: CourierParts): Promise<void> {
  const { closing, progress, onTrouble, times } = parts;
  const step = createStep(parts);
  let machineFailures = 0;
  while (!closing.aborted) {
    let next: Next;
    try {
      next = await step();
      if (next === 'more') parts.onProgress();
      else await progress.refresh();
      machineFailures = 0;
    } catch (error) {
      if (isAborted(closing)) return;
      onTrouble(error);
      machineFailures += 1;
      next = { pauseMs: Math.min(times.firstRetryMs * 2 ** Math.min(machineFailures, 20), times.lastRetryMs) };
    }
    await rest(next, parts);
  }
}

// A function, so that its value is not taken for settled since the loop looked.
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function rest(next: Next, parts: CourierParts): Promise<void> {
  const { news, hurry, times, closing } = parts;
  if (next === 'more') return;
  if (next === 'idle') {
    await news.wait(parts.lookMs);
    if (!closing.aborted) await hurry.wait(times.gatherMs);
    return;
  }
  // In pieces: what people see of it goes on meanwhile.
  for (let left = next.pauseMs; left > 0 && !closing.aborted; left -= times.lookMs) {
    const rang = await hurry.wait(Math.min(left, times.lookMs));
    if (rang) return;
    if (left > times.lookMs) await parts.progress.refresh().catch(parts.onTrouble);
  }
}

/** One attempt after the other: each call is one. */
function createStep(parts: CourierParts): () => Promise<Next> {
  const { target, source, progress, closing, times } = parts;
  let travelling: Travelling | null = null;
  let attempts = 0;
  /** Smaller after a batch that was refused, until what is refused is found. */
  let limit = Number.POSITIVE_INFINITY;
  /** For the record that is refused, among so many; `witnessed`: something else was taken meanwhile. */
  let search: { readonly among: number; readonly witnessed: boolean } | null = null;

  async function load({ most }: Target): Promise<Travelling | null> {
    const from = await progress.cursor();
    const records = await takeBatch(source, from, { ...most, records: Math.min(limit, most.records) });
    if (records.length === 0) return null;
    return { from, records, checkpoint: await source.checkpoint(), isFirst: from === null };
  }

  function halve(records: number): Next {
    travelling = null;
    limit = Math.ceil(records / 2);
    return 'more';
  }

  function goOn(): Next {
    travelling = null;
    attempts = 0;
    return 'more';
  }

  async function fail(failure: Failure): Promise<Next> {
    attempts += 1;
    await progress.failed(failure, attempts);
    return { pauseMs: pauseAfter(failure, attempts, times, parts.chance()) };
  }

  function taken(): void {
    limit *= 2;
    if (search !== null) search = limit >= search.among ? null : { ...search, witnessed: true };
  }

  /**
   * One record alone is refused: is it the record, or everything? Nothing is given up on unless something else was taken
   * since it was first refused.
   */
  async function refusedAlone(to: Target, batch: Travelling, witnessed: boolean): Promise<Next> {
    if (!witnessed) {
      const answer = await to.send(testBatch(parts, batch.isFirst), closing);
      if (answer.kind === 'failed') return await fail(answer);
      if (answer.kind !== 'accepted') return await fail(failed('refused', true));
      // It may have been mended between the two.
      search = { among: 1, witnessed: true };
      return 'more';
    }
    search = null;
    await progress.gaveUpOn(batch.from, batch.records, 'refused');
    return goOn();
  }

  async function refused(to: Target, batch: Travelling): Promise<Next> {
    search ??= { among: batch.records.length, witnessed: false };
    return batch.records.length > 1 ? halve(batch.records.length) : await refusedAlone(to, batch, search.witnessed);
  }

  async function settle(to: Target, batch: Travelling, outcome: Outcome): Promise<Next> {
    const { from, records } = batch;
    switch (outcome.kind) {
      case 'accepted':
        await progress.delivered(from, records);
        taken();
        return goOn();
      case 'partly_rejected': {
        const all = outcome.rejected >= records.length;
        await progress.gaveUpOn(from, records, all ? 'rejected' : 'perhaps_rejected');
        // So that fewer are in doubt the next time.
        if (!all) limit = Math.ceil(records.length / 2);
        return goOn();
      }
      case 'refused':
        return await refused(to, batch);
      default:
        return await fail(outcome);
    }
  }

  return async () => {
    if (!parts.isOurs()) {
      travelling = null;
      return 'idle';
    }
    if (!target.ok) return await fail(failed(target.error, true));
    travelling ??= await load(target.value);
    if (travelling === null) return 'idle';
    const outcome = await target.value.send(travelling, closing);
    if (closing.aborted && outcome.kind === 'failed') return 'idle';
    return await settle(target.value, travelling, outcome);
  };
}

/** One record that says that it is a test. */
export function testBatch(
  { name, program, clock }: Pick<CourierParts, 'name' | 'program' | 'clock'>,
  isFirst: boolean,
): Batch {
  return { records: [testRecord(name, program, clock.now())], checkpoint: null, isFirst };
}

/** The same as one code; null: it was taken. */
export function problemOf(outcome: Outcome): SinkProblem | null {
  switch (outcome.kind) {
    case 'accepted':
      return null;
    case 'partly_rejected':
      return 'rejected';
    case 'refused':
      return 'refused';
    default:
      return outcome.code;
  }
}
