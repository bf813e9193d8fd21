// The tables of sinks: their names, which begin with a prefix of their owner's choice, and a step for the migrations of
// that owner. A released step never changes. No table has a body or a secret.
import type { Kysely } from 'kysely';

export type SinkTables = {
  /** One row for each sink that there ever was: how far it has come, and what holds it up. */
  readonly cursors: string;
  /** What was refused for good. */
  readonly deadLetters: string;
  /** At most one row: who delivers, where several programs share the database. */
  readonly lease: string;
};

export function sinkTables(prefix: string): SinkTables {
  return {
    cursors: `${prefix}_sink_cursors`,
    deadLetters: `${prefix}_sink_dead_letters`,
    lease: `${prefix}_sink_lease`,
  };
}

export async function createSinkTables(db: Kysely<unknown>, tables: SinkTables): Promise<void> {
  await db.schema
    .createTable(tables.cursors)
    // Name, and a hash of kind and target: a sink that is pointed elsewhere is another one.
    .addColumn('sink', 'text', (column) => column.notNull().primaryKey())
    .addColumn('origin', 'text')
    .addColumn('epoch', 'bigint')
    .addColumn('sequence', 'bigint')
    .addColumn('delivered_at_ms', 'bigint')
    .addColumn('trouble', 'text')
    .addColumn('trouble_since_ms', 'bigint')
    .addColumn('needs_person', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable(tables.deadLetters)
    .addColumn('sink', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('uid', 'text', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${tables.deadLetters}_pk`, ['sink', 'origin', 'epoch', 'sequence'])
    .execute();
  await db.schema
    .createTable(tables.lease)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('until_ms', 'bigint', (column) => column.notNull())
    .execute();
}
