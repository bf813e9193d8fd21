// A database server with something to give, an admin login that is no superuser, and the issuer before it.
import { createPostgresIssuer, type PostgresIssuer } from '#broker/issuers/postgres/postgres.ts';
import { loginNames } from '#broker/issuers/postgres/login-name.ts';
import type { CredentialOrder, IssuedCredential } from '#broker/issuers/issuer.ts';
import { newId } from '#broker/ids.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { resourceSchema, type Resource } from '#shared/contracts/catalog.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { TestPostgres } from '#test/support/postgres.ts';
import { Client } from 'pg';

export const ISSUER_NAME = 'https://broker.example';
/** A name that only survives quoting. */
export const HOSTILE = `x"; drop table "secrets"; --'`;

export type DatabaseWorld = {
  readonly postgres: TestPostgres;
  /** Of the database, as superuser. */
  readonly url: string;
  readonly resource: Resource;
  readonly store: BrokerStore;
  readonly issuer: PostgresIssuer;
  readonly loginOf: (credentialId: string) => string;
  readonly order: (over?: Partial<CredentialOrder>) => CredentialOrder;
  /** Connects with what was issued, and runs statements. */
  readonly connect: (issued: IssuedCredential, over?: { readonly database?: string }) => Promise<Client>;
  readonly asRoot: (statement: string) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
};

const PASSWORD = 'the admin may make logins';

export async function openDatabaseWorld(postgres: TestPostgres, issuerName = ISSUER_NAME): Promise<DatabaseWorld> {
  const url = await postgres.freshDatabase();
  const name = new URL(url).pathname.slice(1);
  const admin = `${name}_admin`;
  const readers = `${name}_readers`;
  const asRoot: DatabaseWorld['asRoot'] = async (statement) => await postgres.query(statement, url);
  for (const statement of [
    `create role ${admin} login createrole password '${PASSWORD}'`,
    `create role ${readers}`,
    `create role ${name}_boss superuser`,
    `grant ${readers} to ${admin} with admin option`,
    `create table trips (id int primary key, fare numeric)`,
    `insert into trips values (1, 12.5), (2, 7)`,
    `create table secrets (word text)`,
    `create table "${HOSTILE.replaceAll('"', '""')}" (id int)`,
    `grant select on trips to ${readers}`,
    `alter table trips owner to ${admin}`,
    `alter table "${HOSTILE.replaceAll('"', '""')}" owner to ${admin}`,
    `grant usage, create on schema public to ${admin} with grant option`,
    `grant connect on database ${name} to ${admin} with grant option`,
    // As a careless owner leaves it: everybody may make things.
    `grant create on schema public to public`,
  ])
    await asRoot(statement);
  const resource = resourceSchema.parse({
    id: 'dataset:trips',
    name: 'Trips',
    sensitivity: 'confidential',
    owners: ['data'],
    maxDuration: 'PT8H',
    issuer: 'postgres',
    actions: {
      read: [{ role: readers }],
      write: [{ privileges: ['SELECT', 'INSERT'], tables: ['trips'] }],
      odd: [{ privileges: ['SELECT'], tables: [HOSTILE] }],
      rule: [{ role: `${name}_boss` }],
      void: [{ role: HOSTILE }],
    },
    database: {
      host: postgres.host,
      port: postgres.port,
      name,
      admin: { user: admin, password: 'file:admin' },
      sslmode: 'disable',
      connections: 2,
      statementTimeout: 'PT5S',
    },
  });
  const store = await openSqlite<Tables>({ path: ':memory:', migrations: brokerMigrations });
  const issuer = createPostgresIssuer({
    issuerName,
    store,
    clock: { now: () => Date.now() },
    secret: async () => await Promise.resolve(PASSWORD),
    resources: () => [resource],
    resource: (id) => (id === resource.id ? resource : null),
  });
  return {
    postgres,
    url,
    resource,
    store,
    issuer,
    loginOf: loginNames(issuerName).nameOf,
    order: (over = {}) => ({
      credentialId: newId('crd'),
      grantId: newId('grt'),
      subject: 'sub_A',
      device: 'device',
      resource: resource.id,
      actions: ['read'],
      startsAtMs: Date.now(),
      endsAtMs: Date.now() + 3_600_000,
      policyHash: 'hash',
      ...over,
    }),
    connect: async (issued, over = {}) => {
      if (issued.kind !== 'postgres_login') throw new Error('no login');
      const { sslmode: _, ...target } = issued.target;
      const client = new Client({ ...target, ...over, password: issued.secret });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    asRoot,
    close: async () => await store.close(),
  };
}
