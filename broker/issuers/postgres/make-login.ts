// Makes the login of one credential: no rights but those of the granted actions, nothing that it could own or pass on
// for longer than it lives, an end of its own. All of it in one transaction, or none.
import type { Database, DatabaseGives } from '#shared/contracts/database.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { PostgresIssuerError, type AdminConnection } from './admin-connection.ts';
import { quoteName, quoteText } from './quote.ts';

export type LoginOrder = {
  readonly login: string;
  readonly mark: string;
  readonly verifier: string;
  readonly database: Database;
  readonly actions: readonly string[];
  readonly endsAtMs: EpochMs;
};

/** Throws a PostgresIssuerError; then there is no login. */
export async function makeLogin(connection: AdminConnection, order: LoginOrder): Promise<void> {
  const { database, login, mark } = order;
  const gives = order.actions.flatMap((action) => {
    const given = Object.hasOwn(database.actions, action) ? database.actions[action] : undefined;
    if (given === undefined) throw new PostgresIssuerError('reading the action', 'unknown_action');
    return given;
  });
  const name = quoteName(login);
  await connection.transaction(async () => {
    await lockLogin(connection, login);
    for (const each of gives) if ('role' in each) await refusePowerful(connection, each.role);
    await lockRights(connection);
    await connection.run('creating the login', createStatement(order));
    await connection.run('marking the login', `comment on role ${name} is ${quoteText(mark)}`);
    const timeout = quoteText(`${database.statementTimeout}ms`);
    await connection.run('limiting the login', `alter role ${name} set statement_timeout = ${timeout}`);
    await connection.run('allowing to connect', `grant connect on database ${quoteName(database.name)} to ${name}`);
    for (const each of gives) await give(connection, name, each);
  });
}

/** Whoever makes and whoever drops the same login take turns, on whatever replica they are. */
export async function lockLogin(connection: AdminConnection, login: string): Promise<void> {
  await connection.run('waiting for the turn', 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [login]);
}

/** Two that give or take rights on one table at once fail with `tuple concurrently updated`: they take turns instead. */
export async function lockRights(connection: AdminConnection): Promise<void> {
  await connection.run('waiting for the turn', `select pg_advisory_xact_lock(hashtext('daypass'), hashtext('rights'))`);
}

function createStatement({ login, verifier, database, endsAtMs }: LoginOrder): string {
  return [
    `create role ${quoteName(login)} login`,
    'nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit',
    `connection limit ${database.connections}`,
    `password ${quoteText(verifier)}`,
    `valid until ${quoteText(new Date(endsAtMs).toISOString())}`,
  ].join(' ');
}

/** A role that could make itself more, or everything, is no data access: somebody made a mistake in the catalog. */
async function refusePowerful(connection: AdminConnection, role: string): Promise<void> {
  const rows = await connection.run(
    'looking at the role',
    `select bool_or(r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls) as powerful
       from pg_roles g join pg_roles r on pg_has_role(g.oid, r.oid, 'MEMBER')
      where g.rolname = $1`,
    [role],
  );
  const powerful = rows[0]?.['powerful'];
  if (powerful !== false)
    throw new PostgresIssuerError('looking at the role', powerful === true ? 'role_too_powerful' : 'no_such_role');
}

async function give(connection: AdminConnection, name: string, gives: DatabaseGives): Promise<void> {
  if ('role' in gives) {
    // Its privileges, but never its place: what the login makes is owned by the login alone.
    const grant = `grant ${quoteName(gives.role)} to ${name} with inherit true, set false, admin false`;
    await connection.run('giving the role', grant);
    return;
  }
  const schema = quoteName(gives.schema);
  const privileges = gives.privileges.join(', ');
  const tables =
    gives.tables === 'all'
      ? `all tables in schema ${schema}`
      : `table ${gives.tables.map((table) => `${schema}.${quoteName(table)}`).join(', ')}`;
  await connection.run('opening the schema', `grant usage on schema ${schema} to ${name}`);
  await connection.run('giving privileges', `grant ${privileges} on ${tables} to ${name}`);
}
