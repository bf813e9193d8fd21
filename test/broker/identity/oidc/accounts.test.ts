// What the broker remembers of accounts: the newest token counts, changes are on record without names, what decides
// nothing is cleaned, and who was not seen for long is asked no more.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UNNAMED } from '#broker/identity/oidc/map-claims.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#shared/domain/time.ts';
import { ask, LEGISLATORS, readLedger } from '#test/support/access-steps.ts';
import { BASE_URL, newKey } from '#test/support/broker-world.ts';
import { standaloneConfig, standaloneWorld, type StandaloneWorld } from '#test/support/standalone-world.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { expectOk } from '#test/support/broker-world.ts';

let world: StandaloneWorld;
beforeEach(async () => {
  world = await standaloneWorld();
});
afterEach(async () => {
  await world.close();
});

type Me = { readonly name: string; readonly roles: readonly string[]; readonly admin: boolean };

async function meWith(token: string): Promise<Me> {
  return (await (await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${token}`)).json()) as Me;
}

it('an older token that is still valid brings no role back', async () => {
  const older = await world.tokenFor('lee');
  world.clock.advance(5 * SECOND_MS);
  const newer = await world.tokenFor('lee', { claims: { roles: ['visitor'] } });
  expect(await meWith(older)).toMatchObject({ admin: true });
  expect(await meWith(newer)).toMatchObject({ roles: ['visitor'], admin: false });
  expect(await meWith(older)).toMatchObject({ roles: ['visitor'], admin: false });
});

it('nor does an older one of a sign-in that is newer, in another browser', async () => {
  // Everybody has signed in at the world's beginning.
  world.clock.advance(SECOND_MS);
  const signedInAtMs = world.clock.now();
  const older = await world.tokenFor('lee', { authTimeMs: signedInAtMs });
  world.clock.advance(5 * SECOND_MS);
  const claims = { roles: ['visitor'] };
  const newer = await world.tokenFor('lee', { authTimeMs: signedInAtMs - HOUR_MS, claims });
  expect(await meWith(newer)).toMatchObject({ roles: ['visitor'], admin: false });
  expect(await meWith(older)).toMatchObject({ roles: ['visitor'], admin: false });
});

it('a new account and a change of rights are on record, once and without names', async () => {
  const before = (await readLedger(world)).length;
  world.clock.advance(SECOND_MS);
  const token = await world.tokenFor('eve', { claims: { roles: ['approver', 'admin'], name: 'Eve the Second' } });
  for (let times = 0; times < 3; times += 1) await meWith(token);
  await meWith(await world.issuer.sign({ sub: 'newcomer', name: 'Nina Newcomer', person: 'nina' }));
  const records = (await readLedger(world)).slice(before).filter(({ kind }) => kind.startsWith('account.'));
  expect(records.map(({ kind }) => kind)).toEqual(['account.changed', 'account.seen']);
  expect(records[0]?.data).toMatchObject({ admin: true, changed: ['name', 'roles'] });
  expect(JSON.stringify(records)).not.toMatch(/Eve|Nina|approver|newcomer/);
});

it.each([
  ['\u202eevil\u0000 \u2066name\n', 'evil name'],
  ['x'.repeat(5000), 'x'.repeat(120)],
  [{ toString: 'x' }, UNNAMED],
  ['\u200b\u202e ', UNNAMED],
  [undefined, UNNAMED],
])('a name of %j is shown as %j', async (name, shown) => {
  expect((await meWith(await world.issuer.sign({ sub: newKey(), name }))).name).toBe(shown);
});

it('who was not seen for 90 days is asked no more, until the next call', async () => {
  const names = async () => (await ask(world, 'ana', LEGISLATORS)).decision.approvers.map(({ name }) => name);
  expect(await names()).toContain('Jo Berg');
  world.clock.advance(91 * DAY_MS);
  await world.as('sam');
  expect(await names()).toEqual(['Sam Okoye']);
  await world.as('jo');
  expect(await names()).toContain('Jo Berg');
});

it('an account of an issuer that the configuration names no more is nobody', async () => {
  const accountsOfSam = async (): Promise<readonly number[]> => {
    const response = await world.call(new Request(`${BASE_URL}/v1/people`), 'lee');
    const { people } = (await response.json()) as { readonly people: readonly { name: string; accounts: number }[] };
    return people.filter(({ name }) => name.startsWith('Sam Okoye')).map(({ accounts }) => accounts);
  };
  expect(await accountsOfSam()).toEqual([2]);
  await world.store().transaction(async (tx) => {
    await tx.updateTable('subjects').set({ issuer: 'https://old.example' }).where('external_id', '=', 'sam').execute();
  });
  await world.stop();
  await world.start();
  expect(await accountsOfSam()).toEqual([1]);
});

it('a right that the configuration took away is gone with the restart, not with the next token', async () => {
  const token = await world.tokenFor('lee');
  expect(await meWith(token)).toMatchObject({ admin: true });
  await world.stop();
  await world.start({
    loaded: expectOk(parseConfig({ file: `${world.folder}/daypass.yaml`, text: standaloneConfig({ adminRoles: [] }) })),
  });
  expect(await meWith(token)).toMatchObject({ admin: false });
});

it('a policy sees where the requester calls from, also while others answer', async () => {
  world.writeFile(
    'policies/network.cedar',
    `@id("office") @title("Only from the office") @fix("network")
forbid (principal, action in Daypass::Action::"access", resource == Daypass::Resource::"dataset:legislators")
unless { context has network && context.network.isInRange(ip("192.0.2.0/24")) };`,
  );
  expect((await world.broker().reload()).ok).toBe(true);
  const { id, decision, scopeHash } = await ask(world, 'ana', LEGISLATORS);
  expect(decision.outcome).toBe('needs_approval');
  expectOk(await (await world.as('jo')).answer(id, { answer: 'approve', scopeHash }));
  const row = await world.store().read.selectFrom('requests').select('network_address').where('id', '=', id).execute();
  expect(row).toEqual([{ network_address: '192.0.2.7' }]);
  expectOk(await (await world.as('ana')).collect(id, newKey()));
  const after = await world
    .store()
    .read.selectFrom('requests')
    .select('network_address')
    .where('id', '=', id)
    .execute();
  expect(after).toEqual([{ network_address: null }]);
});
