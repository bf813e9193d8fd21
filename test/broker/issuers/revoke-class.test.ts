// What is said before approval about how fast a revoke works: of the catalog entry's verifier, over a whole broker.
import { afterEach, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, PENGUINS } from '#test/support/access-steps.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
afterEach(async () => await world.close());

it.each([
  ['gateway', 'instant'],
  ['introspection', 'instant'],
  ['jwks', 'expiry_only'],
])('of the verifier %s is %s, in the catalog and in a request', async (verifier, kind) => {
  world = await openWorld();
  const text = readFileSync(join(world.folder, 'catalog.yaml'), 'utf8');
  world.writeFile(
    'catalog.yaml',
    text.replace('sensitivity: public', `sensitivity: public\n    verifier: ${verifier}`),
  );
  expect((await world.broker().reload()).ok).toBe(true);
  expect(await ask(world, 'ana', PENGUINS)).toMatchObject({ revokeClass: { kind } });
  const { resources } = expectOk(await (await world.as('ana')).catalog());
  expect(resources.find(({ id }) => id === 'dataset:penguins')).toMatchObject({ revokeClass: { kind } });
});
