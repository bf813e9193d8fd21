// A live grant names a catalog entry as it was approved. When the entry becomes another one, the grant ends.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { ask, collectAs, hold, LEGISLATORS, use } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let collected: CollectedView;

beforeEach(async () => {
  world = await openWorld();
  const ana = await world.as('ana');
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const request = expectOk(await ana.submit(wish, newKey()));
  collected = expectOk(await ana.collect(request.id, newKey()));
});
afterEach(async () => {
  await world.close();
});

function editCatalog(from: string, to: string): void {
  const text = readFileSync(join(world.folder, 'catalog.yaml'), 'utf8');
  expect(text).toContain(from);
  world.writeFile('catalog.yaml', text.replace(from, to));
}

async function open(): Promise<number> {
  const url = `${world.broker().gatewayUrl}/gateway/dataset/penguins/penguins.csv`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${collected.credential.secret}` } });
  await response.arrayBuffer();
  return response.status;
}

async function grantNow(): Promise<{ state: string; endReason: string | null } | undefined> {
  const ana = await world.as('ana');
  return expectOk(await ana.grants()).grants[0];
}

describe('a reload', () => {
  it('that changes the upstream of a resource ends the grants for it', async () => {
    expect(await open()).toBe(200);
    editCatalog('path: data/penguins', 'path: data/legislators');
    expect((await world.broker().reload()).ok).toBe(true);
    expect(await open()).toBe(401);
    expect(await grantNow()).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });

  it('that changes only words leaves grants alone', async () => {
    editCatalog('name: Palmer penguins', 'name: Penguins of Palmer');
    expect((await world.broker().reload()).ok).toBe(true);
    expect(await open()).toBe(200);
    expect(await grantNow()).toMatchObject({ state: 'active' });
  });
});

describe('a reload that would lift the mask', () => {
  const masked = { ...LEGISLATORS, actions: ['read'] };
  const lifted: readonly (readonly [string, string, string])[] = [
    [
      'fewer personal columns',
      'personalColumns: [bioguide_id, last_name, first_name, full_name,',
      'personalColumns: [',
    ],
    [
      'another meaning of an action',
      '&read-people\n      read:\n        - methods: [GET',
      '&read-people\n      read:\n        - methods: [POST, GET',
    ],
  ];

  it.each(lifted)('by %s ends the grants that were approved before it', async (_how, from, to) => {
    const { credential } = await hold(world, 'ana', masked, ['jo']);
    expect(await use(world, credential, 'dataset:legislators')).toBe(200);
    editCatalog(from, to);
    expect((await world.broker().reload()).ok).toBe(true);
    expect(await use(world, credential, 'dataset:legislators')).toBe(401);
  });

  it.each(lifted)('by %s voids the scope that an approver saw before it', async (_how, from, to) => {
    const { id, scopeHash } = await ask(world, 'ana', masked);
    editCatalog(from, to);
    expect((await world.broker().reload()).ok).toBe(true);
    const jo = await world.as('jo');
    const answered = expectOk(await jo.answer(id, { answer: 'approve', scopeHash }));
    expect(answered).toMatchObject({ state: 'denied' });
    await expect(collectAs(world, 'ana', id)).rejects.toThrow();
  });

  it.each(lifted)('by %s voids an approval that was not collected', async (_how, from, to) => {
    const request = await ask(world, 'ana', masked);
    const jo = await world.as('jo');
    expectOk(await jo.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash }));
    editCatalog(from, to);
    expect((await world.broker().reload()).ok).toBe(true);
    await expect(collectAs(world, 'ana', request.id)).rejects.toThrow('resource_changed');
  });
});

describe('a start', () => {
  it('finds that the sensitivity rose while the broker was down, and ends the grant before it serves', async () => {
    await world.stop();
    editCatalog('sensitivity: public', 'sensitivity: restricted');
    await world.start();
    expect(await open()).toBe(401);
    expect(await grantNow()).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });

  it('lets an unchanged grant go on', async () => {
    await world.stop();
    await world.start();
    expect(await open()).toBe(200);
  });
});
