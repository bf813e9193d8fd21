// Transaction objects over a connection to PostgreSQL, each dead once its work is over.
import { type DatabaseConnection, DefaultQueryExecutor, type Driver, type PostgresDialect, Transaction } from 'kysely';
import type { Lease } from './group-commit.ts';
import { OvertakenError } from './postgres-error.ts';
import { StoreError } from './store-error.ts';

export type PostgresLease<DB> = Lease<Transaction<DB>> & {
  /** Set once a statement was overtaken, also when the work made something else of that error. */
  readonly overtaken: () => OvertakenError | null;
};

export function leases<DB>(
  dialect: PostgresDialect,
  driver: Driver,
): (connection: DatabaseConnection) => PostgresLease<DB> {
  const compiler = dialect.createQueryCompiler();
  const adapter = dialect.createAdapter();
  return (connection) => {
    let live = true;
    let overtaken: OvertakenError | null = null;
    const provideConnection = async <T>(use: (connection: DatabaseConnection) => Promise<T>): Promise<T> => {
      // A query that comes later would land in somebody else's transaction.
      if (!live) throw new StoreError('transaction_over', 'a query on a transaction that is over: was it awaited?');
      try {
        return await use(connection);
      } catch (error) {
        if (error instanceof OvertakenError) overtaken ??= error;
        throw error;
      }
    };
    const executor = new DefaultQueryExecutor(compiler, adapter, { provideConnection });
    const tx = new Transaction<DB>({ config: { dialect }, driver, dialect, executor });
    return { tx, end: () => void (live = false), overtaken: () => overtaken };
  };
}
