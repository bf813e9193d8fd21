// A revoke while the disk fails: it stops the access at once, nothing revives it, and it is written when it can be.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { ask, collectAs, hold, kindsOf, PENGUINS, storyOf, use, type Held } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { onDisk, type Disk } from '#test/support/failing-store.ts';

const notOnRecord = {
  ok: false,
  error: { code: 'unavailable', status: 503, detail: expect.stringContaining('not yet on record') },
};
const over = { ok: false, error: { code: 'state_conflict' } };

let disk: Disk;
let world: World;
beforeEach(async () => {
  disk = { writes: 'well', reads: 'well' };
  world = await openWorld({ wrapStore: (store) => onDisk(store, disk) });
});
afterEach(async () => {
  disk.writes = 'well';
  disk.reads = 'well';
  await world.close();
});

async function revokeOnFullDisk(held: Held): Promise<void> {
  const lee = await world.as('lee');
  disk.writes = 'full';
  expect(await lee.revoke(held.grant.id, 'The laptop was stolen.')).toMatchObject(notOnRecord);
  expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
}

async function grantOf(held: Held): Promise<unknown> {
  return expectOk(await held.client.grants()).grants.find(({ id }) => id === held.grant.id);
}

describe('a revoke that could not be recorded', () => {
  it('is recorded by the next run of the deadlines, as who asked for it when, and stays after a restart', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    await revokeOnFullDisk(held);
    await expect(world.broker().runDue()).rejects.toThrow('not on record yet');
    world.clock.advance(MINUTE_MS);
    disk.writes = 'well';
    await world.broker().runDue();
    expect(await grantOf(held)).toMatchObject({
      state: 'ended',
      endReason: 'revoked',
      receipt: { lagMs: MINUTE_MS },
    });
    const { subject } = expectOk(await (await world.as('lee')).me());
    const revoking = (await storyOf(world, held.request.id)).find(({ kind }) => kind === 'grant.revoking');
    expect(revoking).toMatchObject({ actor: subject, sealed: true, data: { reason: 'revoked' } });
    await world.stop();
    await world.start();
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
  });

  it('is recorded when the broker stops, at the latest', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    await revokeOnFullDisk(held);
    disk.writes = 'well';
    await world.stop();
    await world.start();
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    expect(await grantOf(held)).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });

  it('keeps its reason when the grant expires first, and is recorded once', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    await revokeOnFullDisk(held);
    expect(await held.client.release(held.grant.id)).toMatchObject(notOnRecord);
    world.clock.advance(61 * MINUTE_MS);
    disk.writes = 'well';
    await world.broker().runDue();
    expect(await grantOf(held)).toMatchObject({ state: 'ended', endReason: 'revoked' });
    const story = kindsOf(await storyOf(world, held.request.id)).slice(-3);
    expect(story).toEqual(['grant.revoking', 'credential.revoked', 'grant.ended']);
  });

  it('lets nobody collect the grant again or extend it in the meantime', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const more = await ask(world, 'ana', { ...PENGUINS, extends: held.grant.id });
    await revokeOnFullDisk(held);
    disk.writes = 'well';
    expect(await held.client.collect(held.request.id, held.collectId)).toMatchObject(over);
    expect(await held.client.submit({ ...PENGUINS, extends: held.grant.id }, newKey())).toMatchObject(over);
    expect(await held.client.collect(more.id, newKey())).toMatchObject(over);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
  });

  it('touches no other grant', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const other = await hold(world, 'max', PENGUINS);
    await revokeOnFullDisk(held);
    disk.writes = 'well';
    await world.broker().runDue();
    expect(await use(world, other.credential, 'dataset:penguins')).toBe(200);
    const next = await collectAs(world, 'ana', (await ask(world, 'ana', PENGUINS)).id);
    expect(await use(world, next.credential, 'dataset:penguins')).toBe(200);
  });
});

describe('a database that cannot even be read', () => {
  it('stops neither a revoke by an admin nor Done by the holder', async () => {
    const stolen = await hold(world, 'ana', PENGUINS);
    const finished = await hold(world, 'max', PENGUINS);
    const lee = await world.as('lee');
    disk.reads = 'lost';
    disk.writes = 'full';
    expect(await lee.revoke(stolen.grant.id, 'The laptop was stolen.')).toMatchObject(notOnRecord);
    expect(await finished.client.release(finished.grant.id)).toMatchObject(notOnRecord);
    disk.reads = 'well';
    disk.writes = 'well';
    await world.stop();
    await world.start();
    expect(await grantOf(stolen)).toMatchObject({ state: 'ended', endReason: 'revoked' });
    expect(await grantOf(finished)).toMatchObject({ state: 'ended', endReason: 'released' });
  });

  it('lets nobody else end a grant', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const sam = await world.as('sam');
    disk.reads = 'lost';
    expect(await sam.release(held.grant.id)).toMatchObject({ error: { code: 'not_found' } });
    expect(await sam.revoke(held.grant.id, 'Mine now.')).toMatchObject({ error: { code: 'not_found' } });
    disk.reads = 'well';
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(200);
  });
});
