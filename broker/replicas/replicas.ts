// Who else works on this database: each replica says every few seconds that it lives, by the database's clock.
// Says who counts as dead; never ends anything by itself.
import { type RawBuilder, sql } from 'kysely';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { BrokerStore } from '#broker/store.ts';

export type Replicas = {
  /** Of this run of this program. */
  readonly id: string;
  /** A query for the ids of those that live, to be part of a statement: what it is compared with must be of one moment. */
  readonly living: RawBuilder<unknown>;
  /** Whether another one lives now. */
  readonly hasOthers: () => Promise<boolean>;
  /**
   * Runs now and then, once this replica can tell who is dead: after an outage of the database nobody has been seen
   * for a while, and all may live. One that fails is reported and comes again.
   */
  readonly watch: (lookAfterTheDead: () => Promise<void>) => void;
  readonly close: () => Promise<void>;
};

export type ReplicasOptions = {
  readonly store: BrokerStore;
  readonly onTrouble: (error: unknown) => void;
  /** How often it says that it lives, and after what silence others take it for dead. */
  readonly beatEveryMs?: number;
  readonly deadAfterMs?: number;
};

const NOW_MS = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
const FORGOTTEN_AFTER_MS = 60 * MINUTE_MS;

/** Of a broker that has its database to itself: whatever an earlier run left, nobody lives who would end it. */
function alone(): Replicas {
  return {
    id: newId('rep'),
    living: sql`select null where 1 = 0`,
    hasOthers: () => Promise.resolve(false),
    watch: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** Registers this replica where the database is shared. It is gone for the others when it closes. */
export async function createReplicas(options: ReplicasOptions): Promise<Replicas> {
  const { store, onTrouble, beatEveryMs = 3 * SECOND_MS, deadAfterMs = 15 * SECOND_MS } = options;
  if (store.shared === null) return alone();
  const id = newId('rep');
  const watchers: (() => Promise<void>)[] = [];
  let beatsInARow = 0;
  let beating: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    try {
      await sayItLives(store, id);
      beatsInARow += 1;
      if (beatsInARow * beatEveryMs > deadAfterMs) for (const look of watchers) await look();
    } catch (error) {
      beatsInARow = 0;
      onTrouble(error);
    }
  }

  const living = sql<{ id: string }>`select id from replicas where seen_at_ms > ${NOW_MS} - ${sql.lit(deadAfterMs)}`;
  await sayItLives(store, id);
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    beating = beat().finally(() => (running = false));
  }, beatEveryMs);
  timer.unref();
  return {
    id,
    living,
    hasOthers: async () => (await living.execute(store.read)).rows.some((replica) => replica.id !== id),
    watch: (lookAfterTheDead) => void watchers.push(lookAfterTheDead),
    close: async () => {
      clearInterval(timer);
      await beating;
      await store.transaction((tx) => tx.deleteFrom('replicas').where('id', '=', id).execute());
    },
  };
}

async function sayItLives(store: BrokerStore, id: string): Promise<void> {
  await store.transaction(
    async (tx) => {
      await tx
        .insertInto('replicas')
        .values({ id, started_at_ms: NOW_MS, seen_at_ms: NOW_MS })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at_ms: NOW_MS }))
        .execute();
      await tx
        .deleteFrom('replicas')
        .where('seen_at_ms', '<', sql<number>`${NOW_MS} - ${sql.lit(FORGOTTEN_AFTER_MS)}`)
        .execute();
    },
    { isolation: 'read committed' },
  );
}
