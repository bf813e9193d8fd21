// A live grant names a catalog entry as it was approved. When the entry becomes another one, the grant ends.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
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
