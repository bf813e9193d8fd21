// Every text or binary column has an answer in docs/privacy.md: what it says of a person, how it is erased, how long kept.
import { sql } from 'kysely';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { brokerMigrations } from '#broker/migrations.ts';
import { openAgentStore } from '#electron/agent/agent-store.ts';
import type { Tables } from '#broker/store.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { privacyColumns } from '#test/support/privacy-columns.ts';

type Reader = Parameters<ReturnType<typeof sql>['execute']>[0];
const folder = mkdtempSync(join(tmpdir(), 'daypass-columns-'));
const stored: Record<'broker' | 'desktop', readonly string[]> = { broker: [], desktop: [] };

beforeAll(async () => {
  const broker = await openSqlite<Tables>({ path: ':memory:', migrations: brokerMigrations });
  stored.broker = await columnsIn(broker.read);
  await broker.close();
  const agent = await openAgentStore(folder, () => undefined);
  stored.desktop = await columnsIn(agent.read);
  await agent.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All but numbers: those count and tell times. */
async function columnsIn(db: Reader): Promise<readonly string[]> {
  const { rows } = await sql<{ place: string }>`
    select m.name || '.' || p.name as place from sqlite_master m, pragma_table_info(m.name) p
    where m.type = 'table' and lower(p.type) not like '%int%'
  `.execute(db);
  return rows.map(({ place }) => place).toSorted();
}

it.each(['broker', 'desktop'] as const)(
  'has an answer for every column of the %s, and for none that is gone',
  (where) => {
    const answered = privacyColumns().filter((each) => each.where === where || each.where === 'both');
    const places = answered.map(({ table, column }) => `${table}.${column}`).toSorted();
    expect(new Set(places).size, 'one answer each').toBe(places.length);
    expect(places).toEqual(stored[where]);
  },
);
