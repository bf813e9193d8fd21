import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BASE_URL, openWorld, type World } from '#test/support/broker-world.ts';
import { activeGrant } from './calls.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await activeGrant(world, 'ana');
  await activeGrant(world, 'max');
});
afterAll(async () => await world.close());

async function page(user: string, query: string, accept = 'application/jsonl'): Promise<Response> {
  const request = new Request(`${BASE_URL}/v1/audit/records?${query}`, { headers: { accept } });
  return await world.call(request, user);
}

it('an administrator gets the ledger as JSON Lines, page by page the bytes of its export', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-lines-'));
  try {
    await world.broker().ledger.exportTo(folder);
    const exported = readFileSync(path.join(folder, 'log.jsonl'), 'utf8');
    const size = exported.split('\n').length - 1;
    expect(size).toBeGreaterThan(8);
    const first = await page('lee', 'limit=5');
    expect(first.headers.get('content-type')).toBe('application/jsonl');
    const rest = await page('lee', `after=4&limit=${size - 5}`);
    expect((await first.text()) + (await rest.text())).toBe(exported);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('others get only what is about them, in either form', async () => {
  const lines = (await (await page('ana', 'limit=1000')).text()).trimEnd().split('\n');
  const { records } = (await (await page('ana', 'limit=1000', 'application/json')).json()) as {
    readonly records: readonly { readonly record: unknown }[];
  };
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(records.map(({ record }) => record));
  const all = (await (await page('lee', 'limit=1000')).text()).trimEnd().split('\n');
  expect(all.length).toBeGreaterThan(lines.length);
});

it('a page past the end is empty', async () => {
  expect(await (await page('lee', 'after=100000')).text()).toBe('');
});
