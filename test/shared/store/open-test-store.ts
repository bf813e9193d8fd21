// A small store for the tests of this folder: one table, in a private folder that the test removes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityColumn } from '#shared/store/identity-column.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import type { ColumnType, Generated } from 'kysely';

export type TestTables = {
  note: { id: Generated<number>; text: string; at_ms: number };
  tag: { name: string; note_id: ColumnType<number, number, never> };
};

export const testMigrations: Migrations = {
  'note-0001': {
    async up(db) {
      const id = identityColumn(db);
      await db.schema
        .createTable('note')
        .addColumn('id', id.type, id.build)
        .addColumn('text', 'text', (column) => column.notNull().unique())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('tag')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('note_id', 'bigint', (column) => column.notNull().references('note.id'))
        .execute();
    },
  },
};

/** A private folder and the way to remove it. */
export function privateFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
