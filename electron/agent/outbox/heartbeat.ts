// A record now and then while nothing else happens: the broker, and who reads the log, can tell a desktop that is quiet
// from one that is kept from sending. Written only while the app runs, so a computer that sleeps is silent.
import { sql } from 'kysely';
import { type Clock, type DurationMs, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { Db } from '#shared/log/log-store.ts';
import type { Timers } from '../ports.ts';
import { ofDesktop } from './keep-watched.ts';
import type { Outbox, OutboxStore } from './outbox.ts';
import { OUTBOX_TABLES } from './tables.ts';

export const HEARTBEAT_MS = 6 * HOUR_MS;

export type HeartbeatParts = {
  readonly store: OutboxStore;
  readonly outbox: Pick<Outbox, 'append' | 'log'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onTrouble: (error: unknown) => void;
};

/** Starts it. Gives the way to stop, which waits for the record that is being written. */
export function startHeartbeat({ store, outbox, clock, timers, onTrouble }: HeartbeatParts): () => Promise<void> {
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();

  /** Gives how long to wait. */
  const beat = async (): Promise<DurationMs> =>
    await store.transaction(async (tx) => {
      const nowMs = clock.now();
      const quietMs = nowMs - (await newestAt(tx));
      // Set back by more, the clock would keep the log silent until it is there again: one record ends that.
      if (Math.abs(quietMs) < HEARTBEAT_MS) return quietMs < 0 ? HEARTBEAT_MS : HEARTBEAT_MS - quietMs;
      const lastSequence = (outbox.log()?.size() ?? 0) - 1;
      await outbox.append(tx, { ...ofDesktop(nowMs), kind: 'log.heartbeat', data: { lastSequence } });
      return HEARTBEAT_MS;
    });

  const run = async (): Promise<void> => {
    try {
      arm(await beat());
    } catch (error) {
      onTrouble(error);
      arm(HEARTBEAT_MS);
    }
  };
  function arm(waitMs: DurationMs): void {
    if (stopped) return;
    cancel = timers.after(Math.max(waitMs, MINUTE_MS), () => void (running = run()));
  }
  arm(HEARTBEAT_MS);
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}

/** When the newest record happened, with or without its place; 0: there is none. */
async function newestAt(tx: Db): Promise<number> {
  const { rows } = await sql<{ at: number | null }>`
    select max(at_ms) as at from ${sql.table(OUTBOX_TABLES.intake)}
    union all
    select at_ms as at from ${sql.table(OUTBOX_TABLES.records)}
    where sequence = (select max(sequence) from ${sql.table(OUTBOX_TABLES.records)})
  `.execute(tx);
  return rows.reduce((newest, { at }) => Math.max(newest, at ?? 0), 0);
}
