import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scramVerifier } from '#broker/issuers/postgres/scram-verifier.ts';
import type { CredentialOrder, IssuedCredential } from '#broker/issuers/issuer.ts';
import { inOrder } from '#broker/issuers/in-order.ts';
import { withTimeLimit, IssuerTimeoutError } from '#broker/issuers/time-limit.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';
import { HOSTILE, openDatabaseWorld, type DatabaseWorld } from './postgres-world.ts';

let postgres: TestPostgres;
let world: DatabaseWorld;
const clients: Client[] = [];
beforeAll(async () => {
  postgres = await startPostgres({ settings: ['log_statement=all', 'log_min_error_statement=debug5'] });
  world = await openDatabaseWorld(postgres);
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => undefined);
});
afterAll(async () => {
  await world.close();
  await postgres.close();
});

type Issued = { readonly id: string; readonly issued: IssuedCredential };

async function issue(over: Partial<CredentialOrder> = {}): Promise<Issued> {
  const order = world.order(over);
  return { id: order.credentialId, issued: await world.issuer.issue(order) };
}

async function connect(issued: IssuedCredential, over: { readonly database?: string } = {}): Promise<Client> {
  const client = await world.connect(issued, over);
  clients.push(client);
  return client;
}

async function end(id: string): Promise<void> {
  await world.issuer.revoke(id);
  expect(await world.issuer.probe(id)).toBe('refused');
}

const rolesLike = async (id: string) =>
  await world.asRoot(`select * from pg_roles where rolname = '${world.loginOf(id)}'`);

describe('a login', () => {
  it('opens what was granted and nothing else', async () => {
    const { id, issued } = await issue();
    expect(issued).toMatchObject({
      kind: 'postgres_login',
      target: { host: postgres.host, port: postgres.port, user: world.loginOf(id), sslmode: 'disable' },
    });
    const client = await connect(issued);
    expect((await client.query('select count(*)::int as n from trips')).rows).toEqual([{ n: 2 }]);
    await expect(client.query('insert into trips values (3, 1)')).rejects.toThrow('permission denied');
    await expect(client.query('select * from secrets')).rejects.toThrow('permission denied');
    const [role] = await rolesLike(id);
    expect(role).toMatchObject({
      rolsuper: false,
      rolinherit: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      rolcanlogin: true,
      rolconnlimit: 2,
    });
    expect(role?.['rolvaliduntil']).toEqual(new Date(issued.expiresAtMs));
    expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '5s' }]);
    await end(id);
  });

  it('has the privileges of several actions together, also on names that only quoting survives', async () => {
    const { id, issued } = await issue({ actions: ['write', 'odd'] });
    const client = await connect(issued);
    await client.query('insert into trips values (9, 1)');
    await client.query(`select * from "${HOSTILE.replaceAll('"', '""')}"`);
    expect(await world.asRoot('select count(*)::int as n from secrets')).toEqual([{ n: 0 }]);
    await end(id);
    await world.asRoot('delete from trips where id = 9');
  });

  it('cannot become what it was given, pass it on, or live longer', async () => {
    const { id, issued } = await issue();
    const client = await connect(issued);
    const readers = `${new URL(world.url).pathname.slice(1)}_readers`;
    const other = await issue();
    const mine = world.loginOf(id);
    for (const [statement, said] of [
      [`set role ${readers}`, 'permission denied'],
      [`grant ${readers} to "${world.loginOf(other.id)}"`, 'permission denied'],
      [`alter role "${mine}" valid until 'infinity'`, 'permission denied'],
      [`alter role "${mine}" createrole`, 'permission denied'],
      [`alter role "${mine}" connection limit -1`, 'permission denied'],
      [`comment on role "${mine}" is 'nobody'`, 'permission denied'],
      [`create role friend login`, 'permission denied'],
    ] as const)
      await expect(client.query(statement), statement).rejects.toThrow(said);
    await connect(issued);
    await expect(connect(issued)).rejects.toThrow('too many connections');
    await end(id);
    await end(other.id);
  });

  it('does not let in once its end has come, whatever the broker does', async () => {
    const { id, issued } = await issue({ endsAtMs: Date.now() - 1000 });
    await expect(connect(issued)).rejects.toThrow('password authentication failed');
    await end(id);
  });

  it('is not made for an action that nobody knows, a role that is not there, or one that is all-powerful', async () => {
    for (const [action, code] of [
      ['nothing', 'unknown_action'],
      ['constructor', 'unknown_action'],
      ['rule', 'role_too_powerful'],
      ['void', 'no_such_role'],
    ] as const) {
      const order = world.order({ actions: [action] });
      await expect(world.issuer.issue(order)).rejects.toMatchObject({ name: 'PostgresIssuerError', code });
      expect(await rolesLike(order.credentialId)).toEqual([]);
      await end(order.credentialId);
    }
  });

  it('has a password that no error names, and of which the server sees only what checks it', async () => {
    const { id, issued } = await issue();
    const [row] = await world.asRoot(`select rolpassword from pg_authid where rolname = '${world.loginOf(id)}'`);
    const kept = String(row?.['rolpassword']);
    const [, salt = ''] = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(kept) ?? [];
    expect(kept).toBe(await scramVerifier(issued.secret, Buffer.from(salt, 'base64')));
    // The same again: the statement fails, and says nothing of itself.
    await world.asRoot(`create role "${world.loginOf(id)}x"`).catch(() => undefined);
    const error: unknown = await world.issuer.issue({ ...world.order(), credentialId: id }).catch((e: unknown) => e);
    expect(JSON.stringify([error, String(error), Object.getOwnPropertyNames(error as object)])).not.toMatch(
      /SCRAM|create role/,
    );
    await world.asRoot(`drop role if exists "${world.loginOf(id)}x"`);
    await end(id);
  });
});

describe('the end of a login', () => {
  it('ends every session, also one in the middle of a statement, and lets nobody in again', async () => {
    const { id, issued } = await issue();
    const [busy, idle] = [await connect(issued), await connect(issued)];
    const running = busy.query('select pg_sleep(600)').catch((error: unknown) => error);
    await idle.query('begin');
    await end(id);
    expect(await running).toBeInstanceOf(Error);
    await expect(idle.query('select 1')).rejects.toThrow();
    await expect(connect(issued)).rejects.toThrow('password authentication failed');
    expect(await rolesLike(id)).toEqual([]);
  });

  it('takes what the login made along, in every database', async () => {
    const { id, issued } = await issue();
    const client = await connect(issued);
    await client.query('create table loot as select * from trips');
    await client.query('create function spy() returns int language sql security definer as $$ select 1 $$');
    await client.query('grant all on loot to public');
    await client.query('create temporary table scratch (id int)');
    const elsewhere = await postgres.freshDatabase();
    await postgres.query('grant create on schema public to public', elsewhere);
    const database = new URL(elsewhere).pathname.slice(1);
    const there = await connect(issued, { database });
    await there.query('create table stash (id int)');
    await end(id);
    expect(await world.asRoot(`select * from pg_class where relname = 'loot'`)).toEqual([]);
    expect(await world.asRoot(`select * from pg_proc where proname = 'spy'`)).toEqual([]);
    expect(await postgres.query(`select * from pg_class where relname = 'stash'`, elsewhere)).toEqual([]);
    expect(await world.asRoot('select count(*)::int as n from trips')).toEqual([{ n: 2 }]);
  });

  it('is the same twice, and for a login that was never made or is gone already', async () => {
    const { id } = await issue();
    const [login, admin] = [`"${world.loginOf(id)}"`, world.resource.database?.admin.user];
    await world.asRoot(
      `set role ${admin}; grant ${login} to ${admin} with inherit true; drop owned by ${login}; drop role ${login}`,
    );
    await end(id);
    await end(id);
    await end(world.order().credentialId);
  });

  it('fails for as long as something is in the way, with the door closed, and then succeeds', async () => {
    const { id, issued } = await issue({ actions: ['write'] });
    const blocker = await world.connect(issued);
    await blocker.end();
    const root = new Client({ connectionString: world.url });
    await root.connect();
    await root.query('begin');
    // What takes rights away waits for this.
    await root.query('lock table trips in access exclusive mode');
    await root.query(`lock table pg_authid in exclusive mode`).catch(() => undefined);
    await expect(world.issuer.revoke(id)).rejects.toMatchObject({ name: 'PostgresIssuerError' });
    expect(await world.issuer.probe(id)).toBe('works');
    await root.query('rollback');
    await root.end();
    await end(id);
  }, 30_000);

  it('is never told of a server that cannot be asked', async () => {
    const other = await openDatabaseWorld(postgres);
    const { id } = await issue();
    await postgres.stop();
    await expect(world.issuer.revoke(id)).rejects.toMatchObject({ name: 'PostgresIssuerError' });
    await expect(world.issuer.probe(id)).rejects.toMatchObject({ name: 'PostgresIssuerError' });
    await postgres.start();
    await end(id);
    await other.close();
  }, 30_000);

  it('does not touch a role of that name that no broker marked, and does not call it gone', async () => {
    const order = world.order();
    await world.asRoot(`create role "${world.loginOf(order.credentialId)}"`);
    await expect(world.issuer.issue(order)).rejects.toMatchObject({ code: '42710' });
    await expect(world.issuer.revoke(order.credentialId)).rejects.toMatchObject({ code: 'not_ours' });
    expect(await world.issuer.probe(order.credentialId)).toBe('works');
    await world.asRoot(`drop role "${world.loginOf(order.credentialId)}"`);
    await end(order.credentialId);
  });
});

describe('an issue that comes late', () => {
  it('is waited for by the end, and leaves nothing', async () => {
    const root = new Client({ connectionString: world.url });
    await root.connect();
    await root.query('begin');
    await root.query('lock table pg_authid in share mode');
    const issuer = withTimeLimit(inOrder(world.issuer), 300);
    const order = world.order();
    await expect(issuer.issue(order)).rejects.toBeInstanceOf(IssuerTimeoutError);
    // It may complete at any moment: until it has, nobody says that nothing is left.
    await expect(issuer.revoke(order.credentialId)).rejects.toBeInstanceOf(IssuerTimeoutError);
    await expect(issuer.probe(order.credentialId)).rejects.toBeInstanceOf(IssuerTimeoutError);
    await root.query('rollback');
    await root.end();
    for (let tries = 0; ; tries += 1) {
      const ended = await issuer.revoke(order.credentialId).then(
        () => true,
        () => false,
      );
      if (ended) break;
      if (tries > 50) throw new Error('it was never ended');
    }
    expect(await issuer.probe(order.credentialId)).toBe('refused');
    expect(await rolesLike(order.credentialId)).toEqual([]);
  }, 30_000);

  it('on one replica while another one ends it leaves nothing either', async () => {
    // The other replica has its own memory: only the row tells them of each other.
    for (let round = 0; round < 10; round += 1) {
      const order = world.order();
      const issued = world.issuer.issue(order).then(
        () => 'issued',
        () => 'refused',
      );
      await new Promise((wake) => setTimeout(wake, round * 8));
      await world.issuer.revoke(order.credentialId);
      await issued;
      expect(await world.issuer.probe(order.credentialId), `round ${round}`).toBe('refused');
    }
  }, 30_000);
});

describe('logins that no grant bears', () => {
  it('are ended; those of another broker and of nobody stay', async () => {
    const another = await openDatabaseWorld(postgres, 'https://another.example');
    const theirs = another.order();
    await another.issuer.issue(theirs);
    const orphan = await issue();
    const session = await connect(orphan.issued);
    await world.asRoot(`create role "${world.loginOf('crd_by-hand')}"`);
    expect(await world.issuer.endOrphans()).toBe(1);
    await expect(session.query('select 1')).rejects.toThrow();
    expect(await rolesLike(orphan.id)).toEqual([]);
    expect(await rolesLike('crd_by-hand')).toHaveLength(1);
    expect(await another.issuer.probe(theirs.credentialId)).toBe('works');
    await another.issuer.revoke(theirs.credentialId);
    await another.close();
  });

  it('are found although the broker forgot them all, as after the restore of an old backup', async () => {
    const { id } = await issue();
    await world.store.transaction(async (tx) => void (await tx.deleteFrom('postgres_logins').execute()));
    expect(await world.issuer.endOrphans()).toBeGreaterThan(0);
    expect(await rolesLike(id)).toEqual([]);
  });

  it('are not called ended where a server cannot be asked, and it is named', async () => {
    await postgres.stop();
    try {
      await expect(world.issuer.endOrphans()).rejects.toThrow(
        `some database servers could not be swept: ${postgres.host}:${postgres.port}`,
      );
    } finally {
      await postgres.start();
    }
  });
});
