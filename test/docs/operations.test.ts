// What docs/operations.md says of PostgreSQL: the rights that it gives suffice, and are no more than a broker needs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');

/** The statements of the one SQL block of the page that has this in it. */
function statementsWith(part: string): readonly string[] {
  const blocks = [...PAGE.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const [block, other] = blocks.filter((each) => each.includes(part));
  if (block === undefined || other !== undefined) throw new Error(`not one SQL block has ${part}`);
  return block
    .replaceAll(/ --.*$/gm, '')
    .split(/;\n|\n(?=\\)|(?<=^\\.*)\n/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

let team: Team;
let url: string;

beforeAll(async () => {
  team = await openTeam({ replicas: 1, start: false });
  const { postgres, files } = team;
  // In the place of the team's own: this one is made as the page says.
  await postgres.query('drop database daypass');
  await postgres.query('drop role daypass');
  url = postgres.url();
  for (const statement of statementsWith('create database daypass')) {
    const connect = /^\\connect (\w+)$/.exec(statement)?.[1];
    if (connect === undefined) await postgres.query(statement.replace('…', files.storePassword), url);
    else url = postgres.url(connect);
  }
  await team.replicas[0].start();
}, 120_000);
afterAll(async () => await team[Symbol.asyncDispose]());

describe('the role and the database that docs/operations.md makes', () => {
  it('suffice for a broker: it makes its tables, and somebody has access', async () => {
    const client = await team.client(ANA);
    const asked = expectOk(
      await client.submit(
        {
          resource: 'dataset:penguins',
          actions: ['read'],
          purpose: 'evaluation',
          justification: 'To see that the rights suffice.',
          durationMs: HOUR_MS,
        },
        'an-ask-of-ana',
      ),
    );
    expect(asked.state).toBe('approved');
    expect(expectOk(await client.collect(asked.id, 'a-collect-id-of-ana')).grant.state).toBe('active');
    expect(team.replicas[0].troubles()).toBe('');
  });

  it('are no more than that, and let nobody else in', async () => {
    const [role] = await team.postgres.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = 'daypass'`,
    );
    expect(Object.values(role ?? {})).toEqual([false, false, false, false, false]);
    const [database] = await team.postgres.query(
      `select pg_get_userbyid(datdba) as owner from pg_database where datname = 'daypass'`,
    );
    expect(database).toEqual({ owner: 'postgres' });
    await team.postgres.query(`create role somebody login password 'else'`);
    const address = new URL(url);
    Object.assign(address, { username: 'somebody', password: 'else' });
    const client = new Client({ connectionString: address.href });
    await expect(client.connect()).rejects.toThrow(/permission denied for database/);
    await client.end().catch(() => undefined);
  });

  it('let the role write its files anew after an erasure', async () => {
    const [vacuum = '', ...rest] = statementsWith('vacuum');
    expect(rest).toEqual([]);
    const client = new Client({ connectionString: team.storeUrl });
    const notices: string[] = [];
    client.on('notice', ({ message }) => void notices.push(message ?? ''));
    await client.connect();
    try {
      await client.query(vacuum);
    } finally {
      await client.end();
    }
    // What one may not touch is skipped with a warning, not refused.
    expect(notices).toEqual([]);
  });
});
