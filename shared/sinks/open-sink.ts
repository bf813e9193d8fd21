// One sink at work: its target, what is known of it, and the courier between them, from opening to closing.
import type { SinkStatus } from '../contracts/sinks.ts';
import { err, type Result } from '../domain/result.ts';
import type { DurationMs } from '../domain/time.ts';
import type { Db } from '../log/log-store.ts';
import { createAlarm } from './alarm.ts';
import { deliver, problemOf, testBatch } from './courier.ts';
import { ensureRow, sinkKey } from './cursor-rows.ts';
import { nowAndThen } from './now-and-then.ts';
import { openTarget } from './open-target.ts';
import { createProgress } from './progress.ts';
import { resendDeadLetters } from './resend.ts';
import type { OpenedSink, SinkProblem } from './sinks.ts';
import type { SinksOptions } from './sinks-options.ts';
import type { SinkTimes } from './times.ts';

export type RunningSink = {
  readonly opened: OpenedSink;
  readonly status: () => SinkStatus;
  readonly news: () => void;
  readonly hurry: () => void;
  /** Null: it took the test. */
  readonly test: () => Promise<SinkProblem | null>;
  readonly resend: () => Promise<Result<number, SinkProblem>>;
  readonly close: () => Promise<void>;
};

export type RunningParts<Tx extends Db> = Omit<SinksOptions<Tx>, 'sinks' | 'times'> & {
  readonly times: SinkTimes;
  readonly isOurs: () => boolean;
  readonly onChange: () => void;
};

export async function openSink<Tx extends Db>(opened: OpenedSink, parts: RunningParts<Tx>): Promise<RunningSink> {
  const { store, tables, source, clock, times, service, onTrouble } = parts;
  const { name } = opened.sink;
  const key = sinkKey(opened.sink);
  await store.transaction(async (tx) => await ensureRow(tx, tables, key));
  const ending = new AbortController();
  const { signal: closing } = ending;
  const target = openTarget(opened, parts);
  const progress = createProgress(key, opened, {
    ...parts,
    onDeadLettered: parts.onDeadLettered ?? (() => Promise.resolve()),
  });
  await progress.refresh();
  const news = createAlarm(closing);
  const hurry = createAlarm(closing);
  // Also while a batch travels, which may take its time.
  const recount = nowAndThen(async () => await progress.refresh().catch(onTrouble), times.lookMs);
  const courier = { name, program: service.name, target, source, progress, clock, times, closing, onTrouble };
  const working = deliver({
    ...courier,
    chance: parts.chance ?? Math.random,
    isOurs: parts.isOurs,
    lookMs: store.shared === null ? null : times.lookMs,
    news,
    hurry,
    onProgress: recount.ask,
  });
  return {
    opened,
    status: progress.status,
    news() {
      news.ring();
      recount.ask();
    },
    hurry() {
      news.ring();
      hurry.ring();
    },
    async test() {
      if (!target.ok) return target.error;
      return problemOf(await target.value.send(testBatch(courier, (await progress.cursor()) === null), closing));
    },
    async resend() {
      if (!target.ok) return err(target.error);
      const resent = await resendDeadLetters({ key, target: target.value, store, tables, source, signal: closing });
      await progress.refresh();
      return resent;
    },
    async close() {
      ending.abort();
      await atMost(times.closeMs, Promise.all([working, recount.stop()]));
      if (target.ok) await atMost(times.closeMs, target.value.close());
    },
  };
}

/** Whatever hangs, as a disk of the network may, is left behind: what it did not finish is sent again. */
async function atMost(limitMs: DurationMs, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
