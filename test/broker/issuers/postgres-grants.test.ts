// From the request to the login and its end, through the whole broker and a real database.
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';

const PASSWORD = 'the admin may make logins';
let postgres: TestPostgres;
let world: World;

beforeAll(async () => {
  postgres = await startPostgres();
  for (const statement of [
    `create role maker login createrole password '${PASSWORD}'`,
    'create table trips (id int)',
    'alter table trips owner to maker',
    'grant usage on schema public to maker with grant option',
    'grant connect on database postgres to maker with grant option',
  ])
    await postgres.query(statement);
  const catalog = `version: 1
resources:
  - id: dataset:trips
    name: Trips
    sensitivity: internal
    owners: [vision]
    maxDuration: PT8H
    issuer: postgres
    actions:
      read: &select [{ privileges: [SELECT], tables: [trips] }]
      # Actions that the policies of this world speak of.
      stream: *select
      invoke: *select
      read_pii: *select
    database:
      host: ${postgres.host}
      port: ${postgres.port}
      name: postgres
      admin: { user: maker, password: file:maker }
      sslmode: disable
`;
  world = await openWorld({ catalog });
  await world.stop();
  await world.start({ secret: async () => await Promise.resolve(PASSWORD) });
}, 60_000);
afterAll(async () => {
  await world.close();
  await postgres.close();
});

async function collected(): Promise<CollectedView> {
  const ana = await world.as('ana');
  const wish = { resource: 'dataset:trips', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const request = expectOk(await ana.submit(wish, newKey()));
  expect(request.state).toBe('approved');
  return expectOk(await ana.collect(request.id, newKey()));
}

async function open({ credential }: CollectedView): Promise<Client> {
  if (credential.kind !== 'postgres_login') throw new Error('no login');
  const { sslmode: _, ...target } = credential.target;
  const client = new Client({ ...target, password: credential.secret });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const logins = async (): Promise<number> =>
  (await postgres.query(`select 1 from pg_roles where rolname like 'daypass%'`)).length;

describe('a grant on a database', () => {
  it('comes as a login that is behind no gateway, and ends with its sessions when its holder is done', async () => {
    const held = await collected();
    expect(held.credential).toMatchObject({ url: null, kind: 'postgres_login' });
    const client = await open(held);
    await client.query('select * from trips');
    const ended = expectOk(await (await world.as('ana')).release(held.grant.id));
    expect(ended.state).toBe('ended');
    expect(ended.receipt).not.toBeNull();
    await expect(client.query('select 1')).rejects.toThrow();
    await expect(open(held)).rejects.toThrow('password authentication failed');
    expect(await logins()).toBe(0);
  });

  it('ends at its deadline, sessions that were open included', async () => {
    const held = await collected();
    const client = await open(held);
    world.clock.advance(HOUR_MS);
    await world.broker().runDue();
    await expect(client.query('select 1')).rejects.toThrow();
    expect(await logins()).toBe(0);
  });

  it('gives several people logins of their own at once', async () => {
    const all = await Promise.all([collected(), collected(), collected(), collected()]);
    expect(await logins()).toBe(4);
    const clients = await Promise.all(all.map(open));
    const users = await Promise.all(
      clients.map(async (client) => (await client.query<{ u: string }>('select current_user as u')).rows[0]?.u),
    );
    expect(new Set(users).size).toBe(4);
    const [first, ...others] = all;
    if (first !== undefined) expectOk(await (await world.as('ana')).release(first.grant.id));
    await expect(clients[0]?.query('select 1')).rejects.toThrow();
    await clients[1]?.query('select 1');
    for (const held of others) expectOk(await (await world.as('ana')).release(held.grant.id));
    expect(await logins()).toBe(0);
    for (const client of clients) await client.end().catch(() => undefined);
  });

  it('keeps its login in a sweep while it is on, and loses it in one after the broker forgot the grant', async () => {
    const held = await collected();
    expect(await world.broker().endOrphans()).toBe(0);
    await (await open(held)).end();
    // What the restore of a backup from before the grant does to the tables.
    await world.store().transaction(async (tx) => {
      await tx.deleteFrom('credentials').where('grant_id', '=', held.grant.id).execute();
    });
    expect(await world.broker().endOrphans()).toBe(1);
    expect(await logins()).toBe(0);
    expectOk(await (await world.as('ana')).release(held.grant.id));
  });

  it('cannot end with one call: no gateway sees the calls', async () => {
    const ana = await world.as('ana');
    const wish = { resource: 'dataset:trips', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
    const refused = await ana.submit({ ...wish, endsWith: 'operation' }, newKey());
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
  });

  it('is not handed out when the database is away, and nothing of it is left when it is back', async () => {
    const ana = await world.as('ana');
    const wish = { resource: 'dataset:trips', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
    const request = expectOk(await ana.submit(wish, newKey()));
    await postgres.stop();
    const refused = await ana.collect(request.id, newKey());
    expect(refused).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    await postgres.start();
    world.clock.advance(60_000);
    await world.broker().runDue();
    const grants = await world.store().read.selectFrom('grants').select('state').execute();
    expect(grants.every(({ state }) => state === 'ended')).toBe(true);
    expect(await logins()).toBe(0);
  });
});
