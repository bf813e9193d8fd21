// An ordered id that the database assigns, in each dialect's own words. SQLite may reuse the id of a deleted last row.
import { type ColumnDefinitionBuilder, type ColumnDataType, type Kysely, SqliteAdapter } from 'kysely';

export type IdentityColumn = {
  readonly type: ColumnDataType;
  readonly build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
};

/**
 * For a migration: `.addColumn('id', id.type, id.build)`. On PostgreSQL the ids of concurrent transactions become
 * visible out of order, so an id says nothing about what was committed before it.
 */
export function identityColumn<DB>(db: Kysely<DB>): IdentityColumn {
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    return { type: 'integer', build: (column) => column.primaryKey() };
  }
  return { type: 'bigint', build: (column) => column.generatedAlwaysAsIdentity().primaryKey() };
}
