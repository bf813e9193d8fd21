// The store on SQLite: one connection that writes in batches, one read-only connection that sees committed data only.
import { resolve } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type DatabaseConnection, DefaultQueryExecutor, Kysely, SqliteDialect, Transaction } from 'kysely';
import { createGroupCommit, type Lease } from './group-commit.ts';
import { migrate, type Migrations } from './migrate.ts';
import { kyselyDatabase } from './sqlite-database.ts';
import { type DatabaseFile, prepareFile, privateFolder, temporaryFile } from './sqlite-file.ts';
import { scrubFile } from './sqlite-scrub.ts';
import { becomeSoleOwner } from './sole-owner.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { Store } from './store.ts';

export type SqliteOptions = {
  /** A file, made if missing (0600, its folder 0700); or `:memory:` for one that is deleted on close. */
  readonly path: string;
  readonly migrations: Migrations;
  /** How long to wait for another process that holds the file, in ms. */
  readonly busyTimeoutMs?: number;
  /** Refuses (`in_use`) while another process, or another store of this one, has the file open in this way. */
  readonly soleOwner?: boolean;
};

/**
 * Opens and migrates a SQLite database (WAL, every commit on disk before it resolves).
 * Refuses with a StoreError: `corrupt` (left untouched), `newer_than_program`, `migration_failed`,
 * `folder_not_private`, `in_use`, `cannot_open`.
 */
export async function openSqlite<DB>(options: SqliteOptions): Promise<Store<DB>> {
  const temporary = options.path === ':memory:';
  const file = openFile(options);
  const opened: DatabaseSync[] = [];
  try {
    const writer = connect(file, {
      readOnly: false,
      durable: !temporary,
      busyTimeoutMs: options.busyTimeoutMs ?? 5000,
    });
    opened.push(writer);
    await migrateInOneTransaction(writer, options.migrations);
    const reader = connect(file, { readOnly: true, durable: false, busyTimeoutMs: options.busyTimeoutMs ?? 5000 });
    opened.push(reader);
    return await assemble<DB>(file, writer, reader);
  } catch (error) {
    for (const connection of opened) connection.close();
    file.dispose();
    throw toStoreError(error);
  }
}

function openFile({ path, soleOwner = false }: SqliteOptions): DatabaseFile {
  if (path === ':memory:') return temporaryFile();
  if (!soleOwner) return prepareFile(path);
  privateFolder(path);
  // Before the file is looked at: its owner may be writing to it.
  const letGo = becomeSoleOwner(resolve(path));
  try {
    return { ...prepareFile(path), dispose: letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}

type Connect = { readonly readOnly: boolean; readonly durable: boolean; readonly busyTimeoutMs: number };

function connect(file: DatabaseFile, { readOnly, durable, busyTimeoutMs }: Connect): DatabaseSync {
  const connection = new DatabaseSync(file.path, {
    readOnly,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
  });
  if (readOnly) return connection;
  connection.exec('pragma journal_mode = wal');
  // A temporary database is worthless after a crash, so it need not wait for the disk.
  connection.exec(`pragma synchronous = ${durable ? 'full' : 'off'}`);
  // Fewer, larger moves from the log into the file: each costs two more waits for the disk.
  connection.exec('pragma wal_autocheckpoint = 4000');
  // What a savepoint would restore stays in memory instead of in a temporary file for each batch.
  connection.exec('pragma temp_store = memory');
  // What is deleted or overwritten leaves zeros instead of its old bytes, in pages that stay in use.
  connection.exec('pragma secure_delete = fast');
  // On macOS fsync alone leaves data in the drive's cache.
  connection.exec('pragma fullfsync = 1');
  connection.exec('pragma checkpoint_fullfsync = 1');
  return connection;
}

async function migrateInOneTransaction(writer: DatabaseSync, migrations: Migrations): Promise<void> {
  const db = new Kysely<Record<never, never>>({ dialect: new SqliteDialect({ database: kyselyDatabase(writer) }) });
  writer.exec('begin immediate');
  try {
    await migrate(db, migrations);
    writer.exec('commit');
  } catch (error) {
    if (writer.isTransaction) writer.exec('rollback');
    throw error;
  }
}

async function assemble<DB>(file: DatabaseFile, writer: DatabaseSync, reader: DatabaseSync): Promise<Store<DB>> {
  const read = new Kysely<DB>({ dialect: new SqliteDialect({ database: kyselyDatabase(reader) }) });
  const group = createGroupCommit(
    { exec: preparedExec(writer), inTransaction: () => writer.isTransaction },
    await leases<DB>(writer),
  );
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await group.close();
    reader.close();
    writer.close();
    file.dispose();
  }
  return {
    read,
    transaction: (work) => group.run(work),
    scrub: () => group.alone(() => scrubFile(writer, file.path)),
    close: () => (closing ??= close()),
    shared: null,
  };
}

/** The few statements of a batch are parsed once, not once a transaction. */
function preparedExec(connection: DatabaseSync): (sql: string) => void {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const statement = prepared.get(sql) ?? connection.prepare(sql);
    prepared.set(sql, statement);
    statement.run();
  };
}

/** Makes transaction objects over the one writing connection, each dead once its work is over. */
async function leases<DB>(writer: DatabaseSync): Promise<() => Lease<Transaction<DB>>> {
  const dialect = new SqliteDialect({ database: kyselyDatabase(writer) });
  const driver = dialect.createDriver();
  await driver.init();
  const connection = await driver.acquireConnection();
  const compiler = dialect.createQueryCompiler();
  const adapter = dialect.createAdapter();
  return () => {
    let live = true;
    const provideConnection = <T>(use: (connection: DatabaseConnection) => Promise<T>): Promise<T> => {
      // A query that nobody awaited would otherwise land in somebody else's transaction.
      if (!live) throw new StoreError('transaction_over', 'a query on a transaction that is over: was it awaited?');
      return use(connection);
    };
    const executor = new DefaultQueryExecutor(compiler, adapter, { provideConnection });
    const tx = new Transaction<DB>({ config: { dialect }, driver, dialect, executor });
    return { tx, end: () => void (live = false) };
  };
}
