import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres, type PostgresOptions } from '#shared/store/postgres.ts';
import { StoreError } from '#shared/store/store-error.ts';
import type { Store } from '#shared/store/store.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';
import { testMigrations, type TestTables } from './open-test-store.ts';

let postgres: TestPostgres;
let url: string;
const stores: Store<TestTables>[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.close();
});
beforeEach(async () => {
  url = await postgres.freshDatabase();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(over: Partial<PostgresOptions> = {}): Promise<Store<TestTables>> {
  const store = await openPostgres<TestTables>({ url, migrations: testMigrations, ...over });
  stores.push(store);
  return store;
}

async function refusal(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected a StoreError, got ${String(error)}`);
  return error;
}

const texts = async (store: Store<TestTables>): Promise<string[]> =>
  (await store.read.selectFrom('note').select('text').orderBy('id').execute()).map((row) => row.text);

async function locksHeld(): Promise<number> {
  const [row] = await postgres.query(
    `select count(*)::int as held from pg_locks where locktype = 'advisory' and granted`,
    url,
  );
  return Number(row?.['held']);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

const note = (text: string, atMs = 1) => ({ text, at_ms: atMs });

describe('values', () => {
  it('are what SQLite gives: whole numbers as numbers, bytes as bytes, counts of changed rows', async () => {
    const store = await open();
    const inserted = await store.transaction((tx) =>
      tx
        .insertInto('note')
        .values([note('a', 1_795_305_600_000), note('b', 2)])
        .executeTakeFirstOrThrow(),
    );
    expect(inserted.numInsertedOrUpdatedRows).toBe(2n);
    const row = await store.read
      .selectFrom('note')
      .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.sum<number>('at_ms').as('sum')])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ count: 2, sum: 1_795_305_600_002 });
    const { rows } = await sql<{ bytes: Uint8Array }>`select ${new Uint8Array([1, 0, 255])}::bytea as bytes`.execute(
      store.read,
    );
    expect([...(rows[0]?.bytes ?? [])]).toEqual([1, 0, 255]);
  });

  it('are refused when JavaScript cannot hold them exactly', async () => {
    const store = await open();
    expect((await refusal(sql`select 9007199254740993::int8 as n`.execute(store.read))).message).toContain('range');
  });
});

describe('transactions', () => {
  it('never lose an update, however many programs do the same at once', async () => {
    const [one, two] = [await open(), await open()];
    await one.transaction((tx) => tx.insertInto('note').values(note('counter', 0)).execute());
    const addOne = (store: Store<TestTables>): Promise<unknown> =>
      store.transaction(async (tx) => {
        const { at_ms } = await tx.selectFrom('note').select('at_ms').executeTakeFirstOrThrow();
        await tx
          .updateTable('note')
          .set({ at_ms: at_ms + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 40 }, (_, index) => addOne(index % 2 === 0 ? one : two)));
    expect(await one.read.selectFrom('note').select('at_ms').executeTakeFirst()).toEqual({ at_ms: 40 });
  });

  it('refuse what each of two alone could do but both together must not (write skew)', async () => {
    const store = await open();
    const atMost = (text: string): Promise<unknown> =>
      store.transaction(async (tx) => {
        const rows = await tx.selectFrom('note').select('id').execute();
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (rows.length === 0) await tx.insertInto('note').values(note(text)).execute();
      });
    await Promise.all([atMost('a'), atMost('b'), atMost('c')]);
    expect(await texts(store)).toHaveLength(1);
  });

  it('let one that throws roll back alone, and give its own error', async () => {
    const store = await open();
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((text) =>
        store.transaction(async (tx) => {
          await tx.insertInto('note').values(note(text)).execute();
          if (text === 'b') throw new Error('own reason');
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await texts(store)).toSorted()).toEqual(['a', 'c']);
  });

  it('throw at once inside a transaction, and on a query that outlives its own', async () => {
    const store = await open();
    const nested = store.transaction(async () => await store.transaction(() => Promise.resolve(1)));
    expect((await refusal(nested)).code).toBe('nested_transaction');
    let leaked: () => Promise<unknown> = () => Promise.resolve();
    await store.transaction((tx) => {
      leaked = () => tx.insertInto('note').values(note('late')).execute();
      return Promise.resolve();
    });
    expect((await refusal(leaked())).code).toBe('transaction_over');
    expect(await texts(store)).toEqual([]);
  });

  it('read within while every connection is taken by one that does the same', async () => {
    const store = await open({ poolSize: 4 });
    const seen = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store.transaction(async (tx) => {
          await tx
            .insertInto('note')
            .values(note(`${index}`))
            .execute();
          return (await texts(store)).includes(`${index}`);
        }),
      ),
    );
    expect(seen).not.toContain(true);
  });

  it('take several queries at once one after another', async () => {
    const store = await open();
    await store.transaction(async (tx) => {
      await Promise.all(['a', 'b', 'c'].map((text) => tx.insertInto('note').values(note(text)).execute()));
    });
    expect(await texts(store)).toEqual(['a', 'b', 'c']);
  });

  it('of one name run one after another, in whatever program, and those of other names beside them', async () => {
    const [one, two] = [await open(), await open()];
    const inTurn = { isolation: 'read committed', inTurn: 'ana' } as const;
    // Without turns each would count what the others have not committed yet.
    const atMostThree = (store: Store<TestTables>): Promise<void> =>
      store.transaction(async (tx) => {
        const { count } = await tx
          .selectFrom('note')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        if (Number(count) < 3)
          await tx
            .insertInto('note')
            .values(note(`${count}`))
            .execute();
      }, inTurn);
    await Promise.all(Array.from({ length: 16 }, (_, index) => atMostThree(index % 2 === 0 ? one : two)));
    expect(await texts(one)).toEqual(['0', '1', '2']);
    const both = Promise.withResolvers<void>();
    let inside = 0;
    const meet = (name: string): Promise<void> =>
      one.transaction(
        async (tx) => {
          await sql`select 1`.execute(tx);
          inside += 1;
          if (inside === 2) both.resolve();
          await both.promise;
        },
        { ...inTurn, inTurn: name },
      );
    await Promise.all([meet('ana'), meet('jo')]);
  });

  it('whose turn does not come are refused as busy, and nothing of them is done', async () => {
    const store = await open();
    const inTurn = { isolation: 'read committed', inTurn: 'ana' } as const;
    const entered = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const first = store.transaction(async () => {
      entered.resolve();
      await over.promise;
    }, inTurn);
    await entered.promise;
    // The first one's turn begins with the message that it is sent together with.
    await until(async () => (await locksHeld()) === 1);
    const second = store.transaction(async (tx) => {
      await tx.insertInto('note').values(note('not mine')).execute();
    }, inTurn);
    expect((await refusal(second)).code).toBe('busy');
    over.resolve();
    await first;
    expect(await texts(store)).toEqual([]);
    await store.transaction((tx) => tx.insertInto('note').values(note('next')).execute(), inTurn);
    expect(await texts(store)).toEqual(['next']);
  });

  it('go on when a newer program changes a table under a statement that was prepared', async () => {
    const store = await open({ poolSize: 2 });
    const read = async (): Promise<unknown> =>
      await store.transaction((tx) => tx.selectFrom('note').selectAll().where('at_ms', '=', 1).execute());
    await store.transaction((tx) => tx.insertInto('note').values(note('kept')).execute());
    await read();
    await postgres.query('alter table note add column more text', url);
    expect(await read()).toMatchObject([{ text: 'kept', more: null }]);
  });

  it('prepare no more statements than a server should keep', async () => {
    const store = await open({ poolSize: 2 });
    const counted = await store.transaction(async (tx) => {
      for (let length = 1; length <= 450; length += 1) {
        const list = sql.join(Array.from({ length }, (_, index) => index));
        await sql`select 1 where 0 in (${list})`.execute(tx);
      }
      return await sql<{ count: number }>`select count(*) as count from pg_prepared_statements`.execute(tx);
    });
    expect(Number(counted.rows[0]?.count)).toBe(400);
  });

  it('of one statement are durable, are not begun within another, and are told as unknown when nobody knows', async () => {
    const relay = await openRelay();
    const store = await open({ url: relay.url });
    const insert = (text: string) => {
      if (store.shared === null) throw new Error('this is about databases that are shared');
      return store.shared.statement(store.read.insertInto('note').values(note(text)).compile());
    };
    expect((await insert('a')).numAffectedRows).toBe(1n);
    expect((await refusal(store.transaction(async () => await insert('b')))).code).toBe('nested_transaction');
    expect(await texts(store)).toEqual(['a']);
    relay.hold('at insert');
    expect((await refusal(insert('cut here'))).code).toBe('outcome_unknown');
    expect(await postgres.query('select text from note order by id', url)).toEqual([
      { text: 'a' },
      { text: 'cut here' },
    ]);
    relay.close();
  });

  it('tell who waits for the commit after it, and nobody when there is none', async () => {
    const store = await open();
    const told: string[] = [];
    const work = (text: string, fails: boolean): Promise<unknown> =>
      store.transaction(async (tx) => {
        store.shared?.afterCommit(tx, () => told.push(text));
        await tx.insertInto('note').values(note(text)).execute();
        if (fails) throw new Error('no');
      });
    await work('kept', false);
    await work('gone', true).catch(() => undefined);
    expect(told).toEqual(['kept']);
  });

  it('fail as a whole when the work goes on after a statement that failed', async () => {
    const store = await open();
    const swallowing = store.transaction(async (tx) => {
      await tx.insertInto('note').values(note('a')).execute();
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
    });
    expect((await refusal(swallowing)).code).toBe('other');
    expect(await texts(store)).toEqual([]);
  });
});

describe('errors', () => {
  it('are tagged, and say neither values nor the password', async () => {
    const store = await open();
    await store.transaction((tx) => tx.insertInto('note').values(note('personal words')).execute());
    const again = store.transaction((tx) => tx.insertInto('note').values(note('personal words')).execute());
    const orphan = store.transaction((tx) => tx.insertInto('tag').values({ name: 'x', note_id: 99 }).execute());
    const mistyped = sql`select ${'personal words'}::int8`.execute(store.read);
    const written = store.read.insertInto('note').values(note('personal words')).execute();
    const errors = await Promise.all([again, orphan, mistyped, written].map(refusal));
    expect(errors.map(({ code }) => code)).toEqual(['unique_violation', 'constraint', 'other', 'read_only']);
    for (const error of errors) expect(inspect(error)).not.toContain('personal');
  });

  it.each([
    ['nobody listens', (own: URL) => void (own.port = '1')],
    ['the password is wrong', (own: URL) => void (own.password = 'hunter2')],
    ['the database is not there', (own: URL) => void (own.pathname = '/nowhere')],
    ['the server offers no TLS', (own: URL) => own.searchParams.set('sslmode', 'verify-full')],
    [
      'the certificate of the authority is not there',
      (own: URL) => own.searchParams.set('sslrootcert', '/no/such/file'),
    ],
  ])('say cannot_open when %s', async (_what, change) => {
    const own = new URL(url);
    const { password } = own;
    change(own);
    const error = await refusal(open({ url: own.href }));
    expect(error.code).toBe('cannot_open');
    expect(inspect(error)).not.toContain(password);
    expect(inspect(error)).not.toContain('hunter2');
  });

  it.each(['hunter2', 'http://hunter2@localhost/'])(
    'say cannot_open when it is no URL of PostgreSQL',
    async (wrong) => {
      const error = await refusal(open({ url: wrong }));
      expect(error.code).toBe('cannot_open');
      expect(inspect(error)).not.toContain('hunter2');
    },
  );

  it('take the password from outside the URL', async () => {
    const own = new URL(url);
    const { password } = own;
    own.password = '';
    const store = await open({ url: own.href, password });
    expect(await texts(store)).toEqual([]);
  });
});

function inspect(error: unknown): string {
  return JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
}

describe('migrations', () => {
  it('are run once by programs that start at the same time', async () => {
    const opened = await Promise.all([open(), open(), open()]);
    expect(opened).toHaveLength(3);
  });

  it('refuse a database that a newer program made', async () => {
    const newer = { ...testMigrations, 'note-0002': { up: () => Promise.resolve() } };
    await open({ migrations: newer });
    expect((await refusal(open())).code).toBe('newer_than_program');
  });

  it('leave the database as it was when one of them fails, and say why', async () => {
    const failing = {
      ...testMigrations,
      'note-0002': {
        async up(db: Parameters<(typeof testMigrations)[string]['up']>[0]) {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          await sql`select nothing from nowhere`.execute(db);
        },
      },
    };
    const error = await refusal(open({ migrations: failing }));
    expect(error.code).toBe('migration_failed');
    expect(error.message).toContain('note-0002');
    expect(error.message).toContain('nowhere');
    expect(await postgres.query("select 1 from pg_tables where tablename in ('half', 'note')", url)).toEqual([]);
  });
});

describe('an outage', () => {
  it('is an error to whoever asks, and over by itself when the database is back', async () => {
    const troubles: StoreError[] = [];
    const store = await open({ onTrouble: (error) => troubles.push(error) });
    let woken = 0;
    store.shared?.listen('news', () => (woken += 1));
    await store.transaction((tx) => tx.insertInto('note').values(note('before')).execute());
    await expect.poll(() => woken).toBeGreaterThan(0);
    await postgres.stop();
    expect(['cannot_open', 'io']).toContain((await refusal(texts(store))).code);
    expect((await refusal(store.transaction(() => Promise.resolve()))).code).toBe('cannot_open');
    woken = 0;
    await postgres.start();
    await store.transaction((tx) => tx.insertInto('note').values(note('after')).execute());
    expect(await texts(store)).toEqual(['before', 'after']);
    await expect.poll(() => woken).toBeGreaterThan(0);
    woken = 0;
    await store.transaction((tx) => sql`select pg_notify('news', '')`.execute(tx));
    await expect.poll(() => woken).toBeGreaterThan(0);
    for (const trouble of troubles) expect(inspect(trouble)).not.toContain(new URL(url).password);
  });

  it('that begins within a transaction rolls that one back', async () => {
    const store = await open();
    const cut = store.transaction(async (tx) => {
      await tx.insertInto('note').values(note('cut')).execute();
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    expect((await refusal(cut)).code).toBe('io');
    expect(await texts(store)).toEqual([]);
  });
});

/** Stands between the store and the database, and can stop passing anything on. */
async function openRelay(): Promise<{
  url: string;
  hold: (when: 'at commit' | 'at insert' | 'now') => void;
  close: () => void;
}> {
  let hold: 'at commit' | 'at insert' | 'now' | 'never' = 'never';
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(postgres.port, postgres.host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    let cutsAnswer = false;
    near.on('data', (data) => {
      if (hold === 'now') return;
      cutsAnswer =
        (hold === 'at commit' && data.includes('commit\0')) || (hold === 'at insert' && data.includes('cut here'));
      far.write(data);
    });
    far.on('data', (data) => {
      // What was sent reached the database; its answer never comes back.
      if (cutsAnswer) return void near.destroy();
      if (hold !== 'now') near.write(data);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const relayed = new URL(url);
  relayed.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: relayed.href,
    hold: (when) => void (hold = when),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a connection that goes silent', () => {
  it('during a commit is told as unknown, and the work is not run again', async () => {
    const relay = await openRelay();
    const store = await open({ url: relay.url });
    let runs = 0;
    relay.hold('at commit');
    const lost = store.transaction(async (tx) => {
      runs += 1;
      await tx.insertInto('note').values(note('once')).execute();
    });
    expect((await refusal(lost)).code).toBe('outcome_unknown');
    expect(runs).toBe(1);
    expect(await postgres.query('select text from note', url)).toEqual([{ text: 'once' }]);
    relay.close();
  });

  it('is an error within seconds', async () => {
    const relay = await openRelay();
    const store = await open({ url: relay.url });
    await texts(store);
    relay.hold('now');
    const [read, written] = await Promise.all([
      refusal(texts(store)),
      refusal(store.transaction((tx) => tx.insertInto('note').values(note('x')).execute())),
    ]);
    expect([read.code, written.code]).toEqual(['io', 'cannot_open']);
    relay.close();
  });
});
