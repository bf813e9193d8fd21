// Tables of erasure: who was erased, so that everybody who kept something of them hears of it, what each erasure reached,
// and whose data is held.
import { sql, SqliteAdapter, type Kysely } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';

/** A pseudonym that stands for nobody any more. */
export type ErasedSubjectRow = {
  subject: string;
  at_ms: number;
  /** Version of the directory: replicas forget the account that it was. */
  version: number;
  /** When everything that can only follow the transaction was done too; null: the next start goes on with it. */
  settled_at_ms: number | null;
};

export type LegalHoldRow = {
  id: string;
  person: string;
  /** For administrators to read. Empty once it is released. */
  reason: string;
  placed_by: string;
  placed_at_ms: number;
  released_at_ms: number | null;
};

/** One erasure that was carried out: numbers, pseudonyms that stand for nobody, and ids of device keys. */
export type ErasureRow = {
  id: string;
  /** Null: a restored backup had brought them back. */
  change_id: string | null;
  agreed_by: 'two_people' | 'self_attested' | 'after_restore';
  /** JSON: the pseudonyms. */
  subjects: string;
  /** JSON: the desktops that these accounts had signed in on. */
  devices: string;
  /** JSON: how many rows of which place. */
  reached: string;
  at_ms: number;
};

export type ErasureTables = {
  erased_subjects: ErasedSubjectRow;
  erasures: ErasureRow;
  legal_holds: LegalHoldRow;
};

/** What people wrote or are called: no database may keep samples of it for its own planning. */
const PERSONAL_COLUMNS = {
  subjects: ['external_id'],
  accounts: ['name', 'roles', 'teams', 'zoneinfo'],
  scim_users: ['user_name', 'user_name_key'],
  requests: ['justification', 'ticket', 'decision', 'close_reason', 'network_address'],
  approvals: ['reason'],
  grants: ['end_words'],
  findings: ['note'],
  legal_holds: ['reason'],
} as const;

export const erasureMigrations: Migrations = {
  // Its name sorts behind those of the tables that it is about.
  'zz-erasure-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('erased_subjects')
        .addColumn('subject', 'text', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('settled_at_ms', 'bigint')
        .execute();
      await db.schema.createIndex('erased_by_version').on('erased_subjects').column('version').execute();
      await db.schema
        .createTable('legal_holds')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('placed_by', 'text', (column) => column.notNull())
        .addColumn('placed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('released_at_ms', 'bigint')
        .execute();
      await db.schema.createIndex('holds_by_person').on('legal_holds').columns(['person', 'released_at_ms']).execute();
      if (!(db.getExecutor().adapter instanceof SqliteAdapter)) await keepNoSamples(db);
    },
  },
  'zz-erasure-0002': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('erasures')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('change_id', 'text')
        .addColumn('agreed_by', 'text', (column) => column.notNull())
        .addColumn('subjects', 'text', (column) => column.notNull())
        .addColumn('devices', 'text', (column) => column.notNull())
        .addColumn('reached', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('erasures_by_time').on('erasures').column('at_ms').execute();
    },
  },
};

async function keepNoSamples(db: Kysely<never>): Promise<void> {
  for (const [table, columns] of Object.entries(PERSONAL_COLUMNS))
    for (const column of columns)
      await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} set statistics 0`.execute(db);
}
