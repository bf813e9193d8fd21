// How many bytes each grant may still receive, over all replicas: a call takes bytes from the database before it sends
// them, and gives back what it did not send. What a crash leaves taken counts as sent.
import { sql } from 'kysely';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';

export type Quota = {
  /** False when nothing is left: then nothing is opened. */
  readonly isLeft: () => Promise<boolean>;
  /** Takes the whole length of an answer at once; false: it is too long. */
  readonly reserve: (bytes: number) => Promise<boolean>;
  /** Takes bytes that are sent now; false: they are too many. Waits only when what was reserved is used up. */
  readonly take: (bytes: number) => boolean | Promise<boolean>;
  /** Gives back what was reserved and not taken. */
  readonly close: () => Promise<void>;
};

export type Quotas = {
  /** For one call of this grant; always willing when the resource has no quota. */
  readonly open: (grantId: string, resource: Resource) => Quota;
};

/** Of an answer whose length nobody knows so much is reserved at a time, while there is so much. */
const BLOCK_BYTES = 256 * 1024;

const UNLIMITED: Quota = {
  isLeft: () => Promise.resolve(true),
  reserve: () => Promise.resolve(true),
  take: () => true,
  close: () => Promise.resolve(),
};

export function createQuotas(store: BrokerStore): Quotas {
  return {
    open: (grantId, { quotaBytes }) => (quotaBytes === undefined ? UNLIMITED : openQuota(store, grantId, quotaBytes)),
  };
}

function openQuota(store: BrokerStore, grantId: string, quotaBytes: number): Quota {
  let reserved = 0;
  let used = 0;

  async function reserve(bytes: number): Promise<boolean> {
    const done = await inTransaction(store, async (tx) => await addIfLeft(tx, grantId, bytes, quotaBytes));
    if (done) reserved += bytes;
    return done;
  }

  async function takeMore(bytes: number): Promise<boolean> {
    const missing = used + bytes - reserved;
    // Others may hold what is left in a block of theirs: then exactly what is needed may still be there.
    if (!(await reserve(Math.max(missing, BLOCK_BYTES))) && !(await reserve(missing))) return false;
    used += bytes;
    return true;
  }

  return {
    isLeft: async () => {
      const row = await store.read
        .selectFrom('gateway_quota')
        .select('bytes_out')
        .where('grant_id', '=', grantId)
        .executeTakeFirst();
      return Number(row?.bytes_out ?? 0) < quotaBytes;
    },
    reserve: async (bytes) => bytes === 0 || (await reserve(bytes)),
    take: (bytes) => {
      if (used + bytes > reserved) return takeMore(bytes);
      used += bytes;
      return true;
    },
    close: async () => {
      const unused = reserved - used;
      if (unused === 0) return;
      reserved = used;
      await inTransaction(store, async (tx) => await addIfLeft(tx, grantId, -unused, quotaBytes));
    },
  };
}

/** One row that calls of all replicas change: each statement sees the last, and none has to be tried again. */
async function inTransaction<T>(store: BrokerStore, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await store.transaction(work, { isolation: 'read committed' });
}

async function addIfLeft(tx: Tx, grantId: string, bytes: number, quotaBytes: number): Promise<boolean> {
  await tx
    .insertInto('gateway_quota')
    .values({ grant_id: grantId, bytes_out: 0 })
    .onConflict((conflict) => conflict.column('grant_id').doNothing())
    .execute();
  const { numUpdatedRows } = await tx
    .updateTable('gateway_quota')
    .set({ bytes_out: sql<number>`bytes_out + ${bytes}` })
    .where('grant_id', '=', grantId)
    .where(sql<boolean>`bytes_out + ${bytes} <= ${quotaBytes}`)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}
