import {
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  existsSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '#shared/store/sqlite.ts';
import { StoreError } from '#shared/store/store-error.ts';
import type { Store } from '#shared/store/store.ts';
import { privateFolder, testMigrations, type TestTables } from './open-test-store.ts';

let place: ReturnType<typeof privateFolder>;
let path: string;
const stores: Store<TestTables>[] = [];

async function open(file = path): Promise<Store<TestTables>> {
  const store = await openSqlite<TestTables>({ path: file, migrations: testMigrations });
  stores.push(store);
  return store;
}

beforeEach(() => {
  place = privateFolder();
  path = join(place.folder, 'data', 'broker.db');
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  place.remove();
});

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

describe('the file', () => {
  it.skipIf(process.platform === 'win32')(
    'is readable by its owner only, and so are its folder and side files',
    async () => {
      const store = await open();
      await store.transaction((tx) => tx.insertInto('note').values({ text: 'a', at_ms: 1 }).execute());
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(place.folder, 'data')).mode & 0o777).toBe(0o700);
      expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    },
  );

  it.skipIf(process.platform === 'win32')('is refused in a folder that others may write to', async () => {
    mkdirSync(join(place.folder, 'data'));
    chmodSync(join(place.folder, 'data'), 0o777);
    expect((await refusal(open())).code).toBe('folder_not_private');
    expect(existsSync(path)).toBe(false);
  });

  it('syncs each commit, keeps a write-ahead log and enforces foreign keys', async () => {
    const store = await open();
    const pragmas = await store.transaction(async (tx) => {
      const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(tx);
      const sync = await sql<{ synchronous: number }>`pragma synchronous`.execute(tx);
      return [journal.rows[0]?.journal_mode, sync.rows[0]?.synchronous];
    });
    expect(pragmas).toEqual(['wal', 2]);
    const orphan = store.transaction((tx) => tx.insertInto('tag').values({ name: 'x', note_id: 99 }).execute());
    expect((await refusal(orphan)).code).toBe('constraint');
  });

  it('keeps what was committed over a reopen', async () => {
    const store = await open();
    await store.transaction((tx) => tx.insertInto('note').values({ text: 'kept', at_ms: 1_795_305_600_000 }).execute());
    await store.close();
    expect(await (await open()).read.selectFrom('note').select(['text', 'at_ms']).execute()).toEqual([
      { text: 'kept', at_ms: 1_795_305_600_000 },
    ]);
  });

  it.each([
    [
      'no database at all',
      () => writeFileSync(path, 'this is not a database, but it is long enough to look'.repeat(20)),
    ],
    ['cut short', () => truncateSync(path, 5000)],
    [
      'with a page overwritten',
      () => {
        const file = openSync(path, 'r+');
        writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 4096 * 2);
        closeSync(file);
      },
    ],
  ])('%s is refused as corrupt and left untouched', async (_what, damage) => {
    const store = await open();
    await store.transaction((tx) =>
      tx
        .insertInto('note')
        .values({ text: 'x'.repeat(9000), at_ms: 1 })
        .execute(),
    );
    await store.close();
    damage();
    const before = readFileSync(path);
    expect((await refusal(open())).code).toBe('corrupt');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('leaves nothing of a :memory: store behind, and its reads see committed data only', async () => {
    const store = await open(':memory:');
    const seen = await store.transaction(async (tx) => {
      await tx.insertInto('note').values({ text: 'mine', at_ms: 1 }).execute();
      return texts(store);
    });
    expect(seen).toEqual([]);
    expect(await texts(store)).toEqual(['mine']);
  });
});

describe('migrations', () => {
  it('refuses a database that a newer program made', async () => {
    const newer = { ...testMigrations, 'note-0002': { up: () => Promise.resolve() } };
    await (await openSqlite({ path, migrations: newer })).close();
    const error = await refusal(open());
    expect(error.code).toBe('newer_than_program');
    expect(error.message).toContain('note-0002');
  });

  it('leaves the database as it was when one of them fails', async () => {
    await (await open()).close();
    const failing = {
      ...testMigrations,
      'note-0002': {
        async up(db: Parameters<(typeof testMigrations)[string]['up']>[0]) {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          throw new Error('no');
        },
      },
    };
    expect((await refusal(openSqlite({ path, migrations: failing }))).code).toBe('migration_failed');
    const raw = new DatabaseSync(path);
    expect(raw.prepare("select name from sqlite_schema where name = 'half'").all()).toEqual([]);
    raw.close();
    await open();
  });

  it("runs another module's later step although a later name was run before", async () => {
    await (await openSqlite({ path, migrations: { 'b-0001': { up: () => Promise.resolve() } } })).close();
    await (
      await openSqlite({
        path,
        migrations: { 'a-0001': { up: () => Promise.resolve() }, 'b-0001': { up: () => Promise.resolve() } },
      })
    ).close();
  });
});

describe('errors', () => {
  it('tags a full disk, a broken unique key and a write on the reading side', async () => {
    const store = await open();
    await store.transaction((tx) => tx.insertInto('note').values({ text: 'once', at_ms: 1 }).execute());
    const again = store.transaction((tx) => tx.insertInto('note').values({ text: 'once', at_ms: 1 }).execute());
    expect((await refusal(again)).code).toBe('unique_violation');
    expect((await refusal(store.read.insertInto('note').values({ text: 'r', at_ms: 1 }).execute())).code).toBe(
      'read_only',
    );
    await store.transaction((tx) => sql`pragma max_page_count = 1`.execute(tx));
    const full = store.transaction((tx) =>
      tx
        .insertInto('note')
        .values({ text: 'y'.repeat(500_000), at_ms: 1 })
        .execute(),
    );
    expect((await refusal(full)).code).toBe('disk_full');
    expect(await texts(store)).toEqual(['once']);
  });

  it('refuses everything once closed', async () => {
    const store = await open();
    await store.close();
    expect((await refusal(store.transaction(() => Promise.resolve(1)))).code).toBe('closed');
  });
});
