// A record now and then while nothing else happens: who reads the ledger from outside can tell that nothing happened
// from that nothing arrives any more. Of several replicas one writes it.
import { sql } from 'kysely';
import { type Clock, type DurationMs, type EpochMs, SECOND_MS } from '#shared/domain/time.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { brokerEvent } from './broker-event.ts';
import type { Ledger } from './ledger.ts';

export type HeartbeatParts = {
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append' | 'size'>;
  readonly clock: Clock;
  /** So long without a record is long enough. */
  readonly everyMs: DurationMs;
  readonly onTrouble: (error: unknown) => void;
};

export type Heartbeat = {
  /** Writes it when it is due now. */
  readonly runDue: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export function startHeartbeat({ store, ledger, clock, everyMs, onTrouble }: HeartbeatParts): Heartbeat {
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<DurationMs> = Promise.resolve(everyMs);

  /** Gives how long to wait. */
  async function beat(): Promise<DurationMs> {
    return await store.transaction(
      async (tx) => {
        const nowMs = clock.now();
        const quietMs = nowMs - (await newestAt(tx));
        // A clock that was set back says nothing about how long it was quiet. Set back by more, it would keep the ledger
        // silent until it is there again: one record ends that.
        if (Math.abs(quietMs) < everyMs) return quietMs < 0 ? everyMs : everyMs - quietMs;
        await ledger.append(tx, brokerEvent('ledger.heartbeat', nowMs, { lastSequence: ledger.size() - 1 }));
        return everyMs;
      },
      { inTurn: 'ledger.heartbeat' },
    );
  }

  const once = (): Promise<DurationMs> => (running = running.then(beat, beat));
  function arm(waitMs: DurationMs): void {
    if (closed) return;
    timer = setTimeout(
      () => {
        once().then(arm, (error: unknown) => {
          onTrouble(error);
          arm(everyMs);
        });
      },
      Math.min(Math.max(waitMs, SECOND_MS), MOST_TIMER_MS),
    );
    timer.unref();
  }
  arm(everyMs);
  return {
    runDue: async () => void (await once()),
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await running.catch(() => undefined);
    },
  };
}

/** Node fires at once past 2^31 ms. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/** When the newest record happened, with or without its place. */
async function newestAt(tx: Tx): Promise<EpochMs> {
  const { rows } = await sql<{ at: number | string }>`
    select at_ms as at from ledger_intake
    union all
    select at_ms as at from ledger_records where sequence = (select max(sequence) from ledger_records)
  `.execute(tx);
  return rows.reduce((newest, { at }) => Math.max(newest, toWholeNumber(at)), 0);
}
