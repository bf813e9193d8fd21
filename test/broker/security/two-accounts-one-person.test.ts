// Approvers are distinct people: two accounts of one human count once, and nobody approves for themselves under another
// name, whatever becomes of a `person` claim between the answer and the collect.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { approve, ask, FINANCE, LEGISLATORS } from '#test/support/access-steps.ts';
import { BASE_URL, expectOk, newKey } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { SECOND_MS } from '#shared/domain/time.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(async () => {
  for (const user of ['ana2', 'jo', 'sam', 'sam2']) await becomes(user, user.replace('2', ''));
});

/** The issuer says from now on that this human is behind the account, and the account calls once. */
async function becomes(user: string, person: string | undefined): Promise<void> {
  world.clock.advance(SECOND_MS);
  world.signIn(user, { claims: { person } });
  await world.call(new Request(`${BASE_URL}/v1/me`), user);
}

async function stateOf(id: string): Promise<string> {
  return expectOk(await (await world.as('ana')).request(id)).state;
}

async function answerAs(user: string, id: string) {
  const { scopeHash } = expectOk(await (await world.as('ana')).request(id));
  return await (await world.as(user)).answer(id, { answer: 'approve', scopeHash });
}

it('two accounts of one person count once', async () => {
  const { id } = await ask(world, 'ana', FINANCE);
  await approve(world, 'sam', id);
  // The same answer of the same person again: nothing happens.
  expect(expectOk(await answerAs('sam2', id)).answers).toHaveLength(1);
  const { scopeHash } = expectOk(await (await world.as('ana')).request(id));
  const other = await (await world.as('sam2')).answer(id, { answer: 'reject', scopeHash });
  expect(other).toMatchObject({ ok: false, error: { code: 'already_answered' } });
  expect(await stateOf(id)).toBe('pending');
  await approve(world, 'jo', id);
  expect(await stateOf(id)).toBe('approved');
});

it('the requester’s second account sees no request to approve', async () => {
  const { id } = await ask(world, 'ana', LEGISLATORS);
  expect(await answerAs('ana2', id)).toMatchObject({ ok: false, error: { code: 'not_found' } });
});

it('two people who turn out to be one before collect count once', async () => {
  const { id } = await ask(world, 'ana', FINANCE);
  await approve(world, 'sam', id);
  await approve(world, 'jo', id);
  expect(await stateOf(id)).toBe('approved');
  await becomes('jo', 'sam');
  expect(await (await world.as('ana')).collect(id, newKey())).toMatchObject({
    ok: false,
    error: { code: 'denied_by_policy' },
  });
});

it('one person who becomes two after the answer still counts once', async () => {
  const { id } = await ask(world, 'ana', FINANCE);
  await approve(world, 'sam', id);
  await becomes('sam', 'somebody-else');
  await answerAs('sam2', id);
  expect(await stateOf(id)).toBe('pending');
});

it('an approver who turns out to be the requester does not count', async () => {
  const { id } = await ask(world, 'ana', LEGISLATORS);
  await approve(world, 'jo', id);
  await becomes('jo', 'ana');
  expect(await (await world.as('ana')).collect(id, newKey())).toMatchObject({ ok: false });
});

it('claims that move on together hide nobody: who they were when they answered counts too', async () => {
  const { id } = await ask(world, 'ana', LEGISLATORS);
  await approve(world, 'jo', id);
  await becomes('jo', 'somebody-else');
  await becomes('ana', 'jo');
  expect(await (await world.as('ana')).collect(id, newKey())).toMatchObject({ ok: false });
  await becomes('ana', 'ana');
  const both = await ask(world, 'ana', FINANCE);
  await becomes('sam2', 'another');
  await approve(world, 'sam', both.id);
  await approve(world, 'sam2', both.id);
  expect(await stateOf(both.id)).toBe('approved');
  await becomes('sam', 'a-third');
  await becomes('sam2', 'sam');
  expect(await (await world.as('ana')).collect(both.id, newKey())).toMatchObject({ ok: false });
});

it('an account without the claim is a person of its own, and never the one whom another account names', async () => {
  await becomes('sam', undefined);
  const people = await world.store().read.selectFrom('accounts').selectAll().execute();
  const byName = (name: string) => people.find((row) => row.name === name)?.person;
  expect(byName('Sam Okoye')).not.toBe(byName('Sam Okoye (ops)'));
});

it.each([[['sam']], [7], [''], ['x'.repeat(256)], [null], [{ sam: 1 }]])(
  'a person claim of %j lets nobody in: leaving it out would make a second person',
  async (person) => {
    const response = await world.callWith(
      new Request(`${BASE_URL}/v1/me`),
      `Bearer ${await world.tokenFor('max', { claims: { person, iat: Math.floor(world.clock.now() / 1000) + 1 } })}`,
    );
    expect(response.status).toBe(401);
    expect(world.refusals.at(-1)).toBe('bad_person_claim');
  },
);
