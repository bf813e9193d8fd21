// Ends a login for good: nobody comes in, who is in goes out, what it owns or was given goes in every database of the
// server, then the role itself. Already gone is done. What is in the way is an error, and the end is tried again.
import type { DatabaseServer } from '#shared/contracts/database.ts';
import { PostgresIssuerError, type AdminConnection, type Connect } from './admin-connection.ts';
import { lockLogin, lockRights } from './make-login.ts';
import { quoteName } from './quote.ts';

export type LoginToDrop = { readonly server: DatabaseServer; readonly login: string; readonly mark: string };

const MOST_ROUNDS = 5;
const SESSION_WAIT_MS = 2000;
/** SQLSTATE: something depends on the role still; it has gone meanwhile, dropped by somebody else. */
const DEPENDENTS = '2BP01';
const GONE = '42704';

/** Throws a PostgresIssuerError, also when a role of this name is there that no broker has marked. */
export async function dropLogin(connect: Connect, toDrop: LoginToDrop): Promise<void> {
  try {
    await dropOnce(connect, toDrop);
  } catch (error) {
    if (codeOf(error) !== GONE) throw error;
    await dropOnce(connect, toDrop);
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof PostgresIssuerError ? error.code : null;
}

async function dropOnce(connect: Connect, { server, login, mark }: LoginToDrop): Promise<void> {
  await connect(server, null, async (connection) => {
    if (!(await closeLogin(connection, login, mark))) return await endSessions(connection, login);
    await endSessions(connection, login);
    for (let round = 1; ; round += 1) {
      await dropOwned(connect, connection, { server, login });
      // Somebody may have come in with a check of the password that began before the door was closed.
      await endSessions(connection, login);
      try {
        // Two that drop one role at once fail with `tuple concurrently deleted`, though it is gone.
        await connection.transaction(async () => {
          await lockLogin(connection, login);
          await connection.run('dropping the login', `drop role if exists ${quoteName(login)}`);
        });
        return;
      } catch (error) {
        if (codeOf(error) !== DEPENDENTS || round === MOST_ROUNDS) throw error;
      }
    }
  });
}

/** Closes the door at once, before anything that could take time. False: there is no such login. */
async function closeLogin(connection: AdminConnection, login: string, mark: string): Promise<boolean> {
  return await connection.transaction(async () => {
    await lockLogin(connection, login);
    const [role] = await connection.run(
      'looking for the login',
      `select shobj_description(oid, 'pg_authid') as mark from pg_roles where rolname = $1`,
      [login],
    );
    if (role === undefined) return false;
    if (role['mark'] !== mark) throw new PostgresIssuerError('looking for the login', 'not_ours');
    await connection.run('closing the login', `alter role ${quoteName(login)} nologin password null`);
    // An admin that is no superuser needs the login's own rights to end its sessions and drop what it owns.
    const [admin] = await connection.run(
      'looking at the admin',
      `select rolsuper from pg_roles where rolname = current_user`,
    );
    if (admin?.['rolsuper'] !== true)
      await connection.run('taking the login over', `grant ${quoteName(login)} to current_user with inherit true`);
    return true;
  });
}

async function endSessions(connection: AdminConnection, login: string): Promise<void> {
  const sessions = await connection.run('looking for sessions', 'select pid from pg_stat_activity where usename = $1', [
    login,
  ]);
  // A statement for each: in one with a condition the server may end sessions before it asks whose they are.
  for (const { pid } of sessions) {
    const terminate = 'select pg_terminate_backend($1::int, $2) as gone';
    const [session] = await connection.run('ending a session', terminate, [pid, SESSION_WAIT_MS]);
    if (session?.['gone'] !== true) throw new PostgresIssuerError('ending a session', 'session_stays');
  }
}

type Owned = { readonly server: DatabaseServer; readonly login: string };

/** In every database that has something of the login, not only in the one that it was made for. */
async function dropOwned(connect: Connect, connection: AdminConnection, { server, login }: Owned): Promise<void> {
  const rows = await connection.run(
    'looking for what it owns',
    `select distinct d.datname as name from pg_shdepend s
       join pg_roles r on s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid
       join pg_database d on d.oid = s.dbid or (s.dbid = 0 and d.datname = current_database())
      where r.rolname = $1`,
    [login],
  );
  for (const { name } of rows) {
    const statement = `drop owned by ${quoteName(login)} cascade`;
    const drop = async (there: AdminConnection): Promise<void> =>
      await there.transaction(async () => {
        await lockRights(there);
        await there.run('dropping what it owns', statement);
      });
    if (name === server.name) await drop(connection);
    else await connect(server, String(name), drop);
  }
}
