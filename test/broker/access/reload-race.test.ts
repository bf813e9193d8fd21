// A reload between the decision of a collect and its commit: the grant of the old catalog entry does not stay.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BrokerStore } from '#broker/store.ts';
import { ask, PENGUINS } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

type Hold = { readonly reached: Promise<void>; readonly release: () => void; readonly wait: () => Promise<void> };

function createHold(): Hold {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    release: () => released.resolve(),
    wait: async () => {
      reached.resolve();
      await released.promise;
    },
  };
}

/** The next transaction is held after its commit, and the one that begins a grant before its own. */
let holds: { afterCommit: Hold; beforeCommit: Hold } | null = null;
let begun = 0;

function held(store: BrokerStore): BrokerStore {
  return {
    ...store,
    transaction: async (work, options) => {
      if (holds === null) return await store.transaction(work, options);
      const { afterCommit, beforeCommit } = holds;
      begun += 1;
      if (begun === 1) {
        const result = await store.transaction(work);
        await afterCommit.wait();
        return result;
      }
      return await store.transaction(async (tx) => {
        const result = await work(tx);
        const grants = await tx.selectFrom('grants').select('id').where('state', '=', 'activating').execute();
        if (grants.length > 0) await beforeCommit.wait();
        return result;
      });
    },
  };
}

let world: World;
beforeEach(async () => {
  world = await openWorld({ wrapStore: held });
});
afterEach(async () => {
  holds?.afterCommit.release();
  holds?.beforeCommit.release();
  holds = null;
  await world.close();
});

it('a collect that was decided by the old catalog and committed after the reload looked ends on record', async () => {
  const ana = await world.as('ana');
  const request = await ask(world, 'ana', PENGUINS);
  const catalog = join(world.folder, 'catalog.yaml');
  const text = readFileSync(catalog, 'utf8');
  world.writeFile('catalog.yaml', text.replace('path: data/penguins', 'path: data/legislators'));
  await world.broker().ledger.settled();

  const { afterCommit, beforeCommit } = (holds = { afterCommit: createHold(), beforeCommit: createHold() });
  const reloading = world.broker().reload();
  await afterCommit.reached;
  const collecting = ana.collect(request.id, newKey());
  await beforeCommit.reached;
  afterCommit.release();
  expect((await reloading).ok).toBe(true);
  beforeCommit.release();

  expect(await collecting).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
  const [grant] = expectOk(await ana.grants()).grants;
  expect(grant).toMatchObject({ requestId: request.id, state: 'ended', endReason: 'revoked' });
});
