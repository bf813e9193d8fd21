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
    // One after another: a connection has one statement at a time, also when the work asks for several at once.
    let last: Promise<unknown> = Promise.resolve();
    const provideConnection = <T>(use: (connection: DatabaseConnection) => Promise<T>): Promise<T> => {
      const turn = last.then(() => {
        // A query that nobody awaited would otherwise land in somebody else's transaction.
        if (!live) throw new StoreError('transaction_over', 'a query on a transaction that is over: was it awaited?');
        return use(connection);
      });
      last = turn.catch((error: unknown) => {
        if (error instanceof OvertakenError) overtaken = error;
      });
      return turn;
    };
    const executor = new DefaultQueryExecutor(compiler, adapter, { provideConnection });
    const tx = new Transaction<DB>({ config: { dialect }, driver, dialect, executor });
    return { tx, end: () => void (live = false), overtaken: () => overtaken };
  };
}
