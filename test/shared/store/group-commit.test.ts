import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit } from '#shared/store/group-commit.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { StoreError } from '#shared/store/store-error.ts';
import type { Store } from '#shared/store/store.ts';
import { privateFolder, testMigrations, type TestTables } from './open-test-store.ts';

let place: ReturnType<typeof privateFolder>;
let store: Store<TestTables>;

beforeEach(async () => {
  place = privateFolder();
  store = await openSqlite<TestTables>({ path: join(place.folder, 'a.db'), migrations: testMigrations });
});

afterEach(async () => {
  await store.close();
  place.remove();
});

const texts = async (): Promise<string[]> =>
  (await store.read.selectFrom('note').select('text').orderBy('id').execute()).map((row) => row.text);

describe('group commit', () => {
  it('keeps every transaction that succeeded and nothing of one that threw, whatever the mix', async () => {
    const works = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() }), { maxLength: 30 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(works, async (batch) => {
        run += 1;
        const outcomes = await Promise.allSettled(
          batch.map(({ rows, fails }, index) =>
            store.transaction(async (tx) => {
              for (let row = 0; row < rows; row += 1) {
                await tx
                  .insertInto('note')
                  .values({ text: `${run}/${index}/${row}`, at_ms: 1 })
                  .execute();
              }
              if (fails) throw new Error('refused');
              return index;
            }),
          ),
        );
        const expected = batch.flatMap(({ rows, fails }, index) =>
          fails ? [] : Array.from({ length: rows }, (_, row) => `${run}/${index}/${row}`),
        );
        expect((await texts()).filter((text) => text.startsWith(`${run}/`))).toEqual(expected);
        expect(outcomes.map((outcome) => outcome.status === 'rejected')).toEqual(batch.map(({ fails }) => fails));
      }),
      { numRuns: 60 },
    );
  });

  it('throws at once on a transaction inside a transaction, and goes on working', async () => {
    const nested = store.transaction(async () => store.transaction(() => Promise.resolve(1)));
    await expect(nested).rejects.toMatchObject({ code: 'nested_transaction' });
    expect(await store.transaction(() => Promise.resolve(2))).toBe(2);
  });

  it('lets work that was started by a finished transaction open one of its own', async () => {
    let later: Promise<number> | undefined;
    await store.transaction(async () => {
      later = new Promise((resolve) => setTimeout(resolve, 5)).then(() => store.transaction(() => Promise.resolve(3)));
    });
    expect(await later).toBe(3);
  });

  it("refuses a query that was not awaited instead of putting it into somebody else's transaction", async () => {
    let leaked: (() => Promise<unknown>) | undefined;
    await store.transaction(async (tx) => {
      leaked = () => tx.insertInto('note').values({ text: 'late', at_ms: 1 }).execute();
    });
    await expect(leaked?.()).rejects.toMatchObject({ code: 'transaction_over' });
    expect(await texts()).toEqual([]);
  });

  it('never shows a batch to readers before it is committed', async () => {
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.transaction(async (tx) => {
          await tx
            .insertInto('note')
            .values({ text: `${index}`, at_ms: 1 })
            .execute();
          seen.push((await texts()).length);
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, () => 0));
    expect(await texts()).toHaveLength(20);
  });

  it('rejects everybody when the database gives up the whole batch, and recovers', async () => {
    const outcomes = await Promise.allSettled([
      store.transaction((tx) => tx.insertInto('note').values({ text: 'first', at_ms: 1 }).execute()),
      // The same effect as a full disk: SQLite ends the whole transaction under our feet.
      store.transaction((tx) => sql`insert or rollback into note (text, at_ms) values ('first', 2)`.execute(tx)),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(await texts()).toEqual([]);
    await store.transaction((tx) => tx.insertInto('note').values({ text: 'after', at_ms: 1 }).execute());
    expect(await texts()).toEqual(['after']);
  });
});

describe('a batch whose COMMIT fails', () => {
  it('rejects every member, also the ones that had succeeded', async () => {
    const statements: string[] = [];
    let open = false;
    let failCommit = true;
    const group = createGroupCommit<null>(
      {
        exec(statement) {
          statements.push(statement);
          if (statement === 'commit' && failCommit) throw new StoreError('disk_full', 'disk full');
          if (statement === 'begin immediate') open = true;
          if (statement === 'commit' || statement === 'rollback') open = false;
        },
        inTransaction: () => open,
      },
      () => ({ tx: null, end: () => {} }),
    );
    const outcomes = await Promise.allSettled([
      group.run(() => Promise.resolve(1)),
      group.run(() => Promise.reject(new Error('own failure'))),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : 'kept'))).toEqual([
      'disk full',
      'disk full',
    ]);
    expect(statements.at(-1)).toBe('rollback');
    failCommit = false;
    expect(await group.run(() => Promise.resolve(7))).toBe(7);
  });
});
