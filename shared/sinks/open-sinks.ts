// Opens the sinks of one log: a courier for each, by itself. What is configured may change while they run.
import type { SinkStatus } from '../contracts/sinks.ts';
import { err, ok } from '../domain/result.ts';
import type { Db } from '../log/log-store.ts';
import { readRows, sinkKey } from './cursor-rows.ts';
import { createLease } from './lease.ts';
import { openSink, type RunningSink } from './open-sink.ts';
import type { DeliveredUpTo, OpenedSink, Sinks } from './sinks.ts';
import type { SinksOptions } from './sinks-options.ts';
import type { SinkTables } from './tables.ts';
import { SINK_TIMES } from './times.ts';

/** Begins to deliver at once. A sink that was never there before begins at the start of the log. */
export async function openSinks<Tx extends Db>(options: SinksOptions<Tx>): Promise<Sinks> {
  const { store, tables, source, onTrouble } = options;
  const times = { ...SINK_TIMES, ...options.times };
  const listeners = new Set<() => void>();
  let running: readonly RunningSink[] = [];
  let shown = '';
  let closed = false;

  const status = (): readonly SinkStatus[] => running.map((sink) => sink.status());
  const onChange = (): void => {
    const now = JSON.stringify(status());
    if (now === shown) return;
    shown = now;
    for (const listener of listeners) listener();
  };
  const wakeAll = (): void => {
    for (const sink of running) sink.news();
  };
  const isWanted = (): boolean => running.length > 0;
  const lease = createLease({ store, tables, leaseMs: times.leaseMs, isWanted, onGained: wakeAll, onTrouble });
  const stopHearing = source.subscribe(wakeAll);
  const parts = { ...options, times, isOurs: lease.isHeld, onChange };

  async function change(sinks: readonly OpenedSink[]): Promise<void> {
    if (closed) return;
    const same = (a: OpenedSink, b: OpenedSink): boolean => JSON.stringify(a) === JSON.stringify(b);
    const stays = running.filter(({ opened }) => sinks.some((sink) => same(sink, opened)));
    await Promise.all(running.filter((sink) => !stays.includes(sink)).map(async (sink) => await sink.close()));
    const next: RunningSink[] = [];
    for (const opened of sinks)
      next.push(stays.find((sink) => same(sink.opened, opened)) ?? (await openSink(opened, parts)));
    running = next;
    await lease.tryNow();
    onChange();
  }

  // One change after the other.
  let changing: Promise<void> = Promise.resolve();
  const use = async (sinks: readonly OpenedSink[]): Promise<void> => {
    const mine = changing.then(async () => await change(sinks));
    changing = mine.catch(() => undefined);
    await mine;
  };
  const find = (name: string): RunningSink | undefined => running.find(({ opened }) => opened.sink.name === name);

  await use(options.sinks);
  return {
    status,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    use,
    async test(name) {
      const problem = await (find(name)?.test() ?? Promise.resolve('no_such_sink' as const));
      return problem === null ? ok(null) : err(problem);
    },
    resend: async (name) => (await find(name)?.resend()) ?? err('no_such_sink'),
    deliveredUpTo: async () =>
      await reachedByAll(
        store.read,
        tables,
        running.map(({ opened }) => sinkKey(opened.sink)),
      ),
    hurry() {
      for (const sink of running) sink.hurry();
    },
    async close() {
      closed = true;
      stopHearing();
      await changing;
      await Promise.all(running.map(async (sink) => await sink.close()));
      await lease.close();
    },
  };
}

async function reachedByAll(db: Db, tables: SinkTables, keys: readonly string[]): Promise<DeliveredUpTo> {
  if (keys.length === 0) return { kind: 'no_sinks' };
  const rows = await readRows(db, tables, keys);
  const cursors = keys.map((key) => rows.get(key)?.cursor ?? null).filter((cursor) => cursor !== null);
  return cursors.length === keys.length ? { kind: 'up_to', cursors } : { kind: 'nothing' };
}
