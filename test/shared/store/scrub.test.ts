// After a scrub no file of a SQLite store has the bytes of what was deleted, overwritten or moved.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqlite } from '#shared/store/sqlite.ts';
import { filesHoldingText } from '#test/support/scan-bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-scrub-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const GONE = 'Quillfeathermossgrove';

it('leaves nothing in free pages, in gaps of pages or in the log, and keeps the rest', async () => {
  const store = await openSqlite<{ words: { id: number; text: string } }>({
    path: join(folder, 'words.sqlite'),
    migrations: {
      'words-0001': {
        up: async (db) =>
          await db.schema.createTable('words').addColumn('id', 'integer').addColumn('text', 'text').execute(),
      },
    },
  });
  const rows = Array.from({ length: 200 }, (_none, id) => ({ id, text: `${GONE} ${'long '.repeat(id * 40)}` }));
  await store.transaction(async (tx) => void (await tx.insertInto('words').values(rows).execute()));
  await store.transaction(async (tx) => void (await tx.deleteFrom('words').where('id', '>', 20).execute()));
  await store.transaction(async (tx) => void (await tx.updateTable('words').set({ text: 'kept' }).execute()));
  expect(filesHoldingText(folder, GONE), 'deleting alone leaves it').not.toEqual([]);
  const scrubbed = store.scrub([]);
  await store.transaction(async (tx) => void (await tx.insertInto('words').values({ id: 999, text: 'new' }).execute()));
  await scrubbed;
  expect(filesHoldingText(folder, GONE)).toEqual([]);
  expect(await store.read.selectFrom('words').select('id').execute()).toHaveLength(22);
  await store.close();
  await expect(store.scrub([])).rejects.toThrow(/closed/);
});
