import { describe, expect, it } from 'vitest';
import { gatherWrites } from '#broker/gateway/gathered-writes.ts';
import { gatewayMigrations } from '#broker/gateway/tables.ts';
import type { BrokerStore, Tables, Tx } from '#broker/store.ts';
import { openTestStore } from '#test/support/test-store.ts';

async function counted(): Promise<{
  store: BrokerStore;
  transactions: () => number;
  rows: () => Promise<readonly string[]>;
}> {
  const store = await openTestStore<Tables>({ path: ':memory:', migrations: gatewayMigrations });
  let transactions = 0;
  const transaction: BrokerStore['transaction'] = (work) => {
    transactions += 1;
    return store.transaction(work);
  };
  const rows = async () =>
    (await store.read.selectFrom('gateway_quota').select('grant_id').orderBy('grant_id').execute()).map(
      (row) => row.grant_id,
    );
  return { store: { ...store, transaction }, transactions: () => transactions, rows };
}

const insert = (grantId: string) => async (tx: Tx) =>
  void (await tx.insertInto('gateway_quota').values({ grant_id: grantId, bytes_out: 1 }).execute());

describe('gathered writes', () => {
  it.each(['soon', 'later'] as const)('share a transaction when they come together (%s)', async (when) => {
    const { store, transactions, rows } = await counted();
    const gathered = gatherWrites(store, 5);
    await Promise.all(['a', 'b', 'c'].map((id) => gathered[when](insert(id))));
    expect(transactions()).toBe(1);
    expect(await rows()).toEqual(['a', 'b', 'c']);
    await gathered[when](insert('d'));
    expect(await rows()).toEqual(['a', 'b', 'c', 'd']);
    await store.close();
  });

  it('take along what can wait, and leave nothing behind that comes after', async () => {
    const { store, transactions, rows } = await counted();
    const gathered = gatherWrites(store, 60_000);
    const waiting = gathered.later(insert('can wait'));
    await gathered.soon(insert('cannot'));
    await waiting;
    expect(transactions()).toBe(1);
    for (const id of ['x', 'y', 'z']) await gathered.soon(insert(id));
    expect(await rows()).toEqual(['can wait', 'cannot', 'x', 'y', 'z']);
    await store.close();
  });

  it('do each write exactly once when one of them fails, and tell only that one', async () => {
    const { store, rows } = await counted();
    const gathered = gatherWrites(store, 60_000);
    const failing = async (tx: Tx) => {
      await insert('lost')(tx);
      throw new Error('no');
    };
    const outcomes = await Promise.allSettled([
      gathered.soon(insert('a')),
      gathered.soon(failing),
      gathered.soon(insert('b')),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await rows()).toEqual(['a', 'b']);
    await store.close();
  });

  it('need not wait once they are hurried', async () => {
    const { store, rows } = await counted();
    const gathered = gatherWrites(store, 60_000);
    const written = gathered.later(insert('a'));
    gathered.flush();
    await written;
    expect(await rows()).toEqual(['a']);
    await store.close();
  });
});
