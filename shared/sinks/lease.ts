// Who delivers, where several programs share one log: one at a time, by a row that its holder renews. When two overlap
// nothing is lost: cursors are compared before they move, and receivers know a record by its id.
import { sql } from 'kysely';
import { random128 } from '../audit/random.ts';
import type { DurationMs } from '../domain/time.ts';
import type { Db, LogStore } from '../log/log-store.ts';
import type { SinkTables } from './tables.ts';

export type Lease = {
  readonly isHeld: () => boolean;
  /** Tries at once; a timer does the same. */
  readonly tryNow: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type LeaseOptions<Tx extends Db> = {
  readonly store: LogStore<Tx>;
  readonly tables: SinkTables;
  readonly leaseMs: DurationMs;
  /** Whether there is anything to deliver. */
  readonly isWanted: () => boolean;
  /** It was gained. */
  readonly onGained: () => void;
  readonly onTrouble: (error: unknown) => void;
};

const ID = 'delivery';
/** By the database's clock: those of the programs may differ. */
const NOW_MS = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

export function createLease<Tx extends Db>(options: LeaseOptions<Tx>): Lease {
  const { store, tables, leaseMs, isWanted, onGained, onTrouble } = options;
  const nothing = (): Promise<void> => Promise.resolve();
  if (store.shared === null) return { isHeld: () => true, tryNow: nothing, close: nothing };
  const holder = `del_${random128()}`;
  const table = sql.table(tables.lease);
  let held = false;
  let failures = 0;

  async function renew(): Promise<void> {
    const { rows } = await store.transaction(
      async (tx) =>
        await sql`
          insert into ${table} as lease (id, holder, until_ms) values (${ID}, ${holder}, ${NOW_MS} + ${sql.lit(leaseMs)})
          on conflict (id) do update set holder = excluded.holder, until_ms = excluded.until_ms
          where lease.holder = excluded.holder or lease.until_ms < ${NOW_MS}
          returning holder
        `.execute(tx),
      { isolation: 'read committed' },
    );
    failures = 0;
    const gained = !held && rows.length === 1;
    held = rows.length === 1;
    if (gained) onGained();
  }

  async function tryToRenew(): Promise<void> {
    if (!isWanted()) return;
    try {
      await renew();
    } catch (error) {
      failures += 1;
      // By now another one may have it.
      if (failures >= RENEWALS) held = false;
      onTrouble(error);
    }
  }

  let renewing: Promise<void> | null = null;
  const tryNow = (): Promise<void> => (renewing ??= tryToRenew().finally(() => (renewing = null)));
  const timer = setInterval(() => void tryNow(), leaseMs / RENEWALS);
  timer.unref();
  return {
    isHeld: () => held,
    tryNow,
    async close() {
      clearInterval(timer);
      await renewing;
      if (!held) return;
      held = false;
      try {
        await store.transaction((tx) => sql`delete from ${table} where id = ${ID} and holder = ${holder}`.execute(tx));
      } catch (error) {
        // It runs out by itself.
        onTrouble(error);
      }
    },
  };
}

const RENEWALS = 3;
