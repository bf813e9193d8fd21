// *Copy as…* for a database login. The password is never in it: it is asked for when it runs, and reaches the one program
// that needs it by the environment or by memory, never by an argument list, a history or a file.
import type { DatabaseTargetView } from '#shared/contracts/broker-api.ts';
import type { SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { assertNever } from '#shared/domain/result.ts';
import { literal, shellQuoted } from './snippets.ts';

export const DATABASE_SNIPPETS = ['psql', 'sqlalchemy', 'dsn'] as const satisfies readonly SnippetKind[];
export type DatabaseSnippetKind = (typeof DATABASE_SNIPPETS)[number];

export function isDatabaseSnippet(kind: SnippetKind): kind is DatabaseSnippetKind {
  return (DATABASE_SNIPPETS as readonly SnippetKind[]).includes(kind);
}

// oxlint-disable-next-line no-control-regex -- these are what it refuses
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Writes a snippet, without a line end after it. The broker names the target: it is quoted for each language. */
export function databaseSnippet(kind: DatabaseSnippetKind, target: DatabaseTargetView): string {
  const { host, database, user } = target;
  if ([host, database, user].some((text) => text === '' || CONTROLS.test(text)))
    throw new TypeError('a target that is not plain text');
  switch (kind) {
    case 'psql':
      return psql(target);
    case 'sqlalchemy':
      return sqlalchemy(target);
    case 'dsn':
      return dsn(target);
    default:
      return assertNever(kind);
  }
}

function psql({ host, port, database, user, sslmode }: DatabaseTargetView): string {
  const parts = { host, port: String(port), dbname: database, user, sslmode };
  const target = Object.entries(parts)
    .map(([name, value]) => `${name}=${conninfoQuoted(value)}`)
    .join(' ');
  // In a shell of its own: when psql ends, the password is in no environment any more.
  return `( IFS= read -rs -p 'Password: ' PGPASSWORD && echo && export PGPASSWORD && exec psql ${shellQuoted(target)} )`;
}

/** A value of a connection string: libpq reads backslash and quote after a backslash as they are. */
function conninfoQuoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function sqlalchemy({ host, port, database, user, sslmode }: DatabaseTargetView): string {
  return [
    'from getpass import getpass',
    'from sqlalchemy import URL, create_engine',
    '',
    'url = URL.create(',
    '    "postgresql+psycopg",',
    `    username=${literal(user)},`,
    '    password=getpass("Password: "),',
    `    host=${literal(host)},`,
    `    port=${port},`,
    `    database=${literal(database)},`,
    `    query={"sslmode": ${literal(sslmode)}},`,
    ')',
    'with create_engine(url).connect() as connection:',
    '    print(connection.exec_driver_sql("select current_user").scalar())',
  ].join('\n');
}

function dsn({ host, port, database, user, sslmode }: DatabaseTargetView): string {
  const at = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  return `postgresql://${encodeURIComponent(user)}@${at}:${port}/${encodeURIComponent(database)}?sslmode=${sslmode}`;
}
