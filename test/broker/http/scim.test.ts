// SCIM as directories speak it: look an account up, create it, change it, remove it, and errors in their own form.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_SCHEMA, PATCH_SCHEMA, USER_SCHEMA } from '#shared/contracts/scim-api.ts';
import { BASE_URL, newKey } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { MDM } from '#test/support/standalone-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(async () => {
  await world.close();
});

type Reply = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers };

async function scim(method: string, path: string, body?: unknown, user: string | null = MDM): Promise<Reply> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/scim+json' } };
  const response = await world.call(new Request(`${BASE_URL}/scim/v2${path}`, { method, ...init }), user);
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers };
}

const user = (more: object = {}) => ({ schemas: [USER_SCHEMA], userName: newKey(), externalId: newKey(), ...more });
const patch = (...Operations: readonly object[]) => ({ schemas: [PATCH_SCHEMA], Operations });
const find = async (filter: string): Promise<Reply> => await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);

describe('an account', () => {
  it('is looked up, created with what is not kept passed over, and found by both names', async () => {
    const told = user({
      userName: 'Nora@Example.com',
      name: { familyName: 'N' },
      emails: [{ value: 'n@example.com' }],
    });
    expect((await find('userName eq "nora@example.com"')).body).toMatchObject({ totalResults: 0, Resources: [] });
    const created = await scim('POST', '/Users', told);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ userName: 'Nora@Example.com', externalId: told.externalId, active: true });
    expect(JSON.stringify(created.body)).not.toContain('familyName');
    const { id } = created.body;
    expect(created.headers.get('location')).toBe(`${BASE_URL}/scim/v2/Users/${String(id)}`);
    for (const filter of ['userName eq "NORA@example.com"', `externalId eq "${told.externalId}"`])
      expect((await find(filter)).body).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    expect((await scim('GET', `/Users/${String(id)}`)).body).toMatchObject({ id, active: true });
  });

  it.each([
    ['Entra', { op: 'Replace', path: 'active', value: 'False' }],
    ['Okta', { op: 'replace', value: { active: false } }],
    ['a spelled-out name', { op: 'add', path: `${USER_SCHEMA}:active`, value: false }],
  ])('is disabled in the words of %s', async (_name, operation) => {
    const { body } = await scim('POST', '/Users', user());
    const path = `/Users/${String(body['id'])}`;
    const changed = await scim('PATCH', path, patch({ op: 'replace', path: 'displayName', value: 'x' }, operation));
    expect(changed.body).toMatchObject({ active: false });
    expect((await scim('PUT', path, user({ externalId: undefined, active: true }))).body).toMatchObject({
      active: true,
    });
    expect((await scim('DELETE', path)).status).toBe(204);
    expect((await scim('GET', path)).status).toBe(404);
  });

  it('pages', async () => {
    for (let made = 0; made < 3; made += 1) await scim('POST', '/Users', user());
    const { totalResults } = (await scim('GET', '/Users?count=0')).body;
    const page = await scim('GET', `/Users?startIndex=${String(totalResults)}&count=2`);
    expect(page.body).toMatchObject({ totalResults, startIndex: totalResults, itemsPerPage: 1 });
  });
});

describe('is refused in SCIM’s own words', () => {
  const expectError = ({ status, body }: Reply, wanted: number, scimType?: string): void => {
    expect(body).toMatchObject({ schemas: [ERROR_SCHEMA], status: `${wanted}` });
    expect([status, body['scimType']]).toEqual([wanted, scimType]);
  };

  it('what is there already, what cannot change, and what is no person', async () => {
    const told = user();
    const { body } = await scim('POST', '/Users', told);
    const path = `/Users/${String(body['id'])}`;
    expectError(await scim('POST', '/Users', told), 409, 'uniqueness');
    expectError(await scim('POST', '/Users', user({ userName: told.userName.toUpperCase() })), 409, 'uniqueness');
    expectError(await scim('PUT', path, user()), 400, 'mutability');
    expectError(await scim('POST', '/Users', user({ externalId: MDM })), 400, 'invalidValue');
    expectError(await scim('POST', '/Users', user({ externalId: undefined })), 400, 'invalidValue');
    expectError(await scim('PATCH', path, patch({ op: 'remove', path: 'active' })), 400, 'invalidValue');
    expectError(await scim('PATCH', path, patch({ op: 'remove', path: 'active', value: false })), 400, 'invalidValue');
    expectError(await scim('PATCH', path, patch({ op: 'remove', value: { active: true } })), 400, 'invalidValue');
    expectError(await scim('PATCH', path, patch({ op: 'replace', path: 'active', value: 'no' })), 400, 'invalidValue');
    expectError(await scim('PATCH', path, patch({ op: 'move', path: 'active', value: true })), 400, 'invalidSyntax');
    expect((await scim('GET', path)).body).toMatchObject({ active: true });
  });

  it.each(['userName co "a"', 'active eq true', 'userName eq "a" or userName eq "b"', 'userName eq', '"'])(
    'the filter %j, which is not ignored',
    async (filter) => {
      expectError(await find(filter), 400, 'invalidFilter');
    },
  );

  it.each(['ana', 'lee', 'warehouse'])('%s, who does not provision', async (who) => {
    expectError(await scim('GET', '/Users', undefined, who), 403);
  });

  it('who is nobody, an unknown path and an unknown method', async () => {
    const nobody = await scim('GET', '/Users', undefined, null);
    expectError(nobody, 401);
    expect(nobody.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expectError(await scim('GET', '/Groups'), 404);
    expectError(await scim('DELETE', '/Users'), 405);
  });
});

it('says what it can do', async () => {
  expect((await scim('GET', '/ServiceProviderConfig')).body).toMatchObject({ patch: { supported: true } });
  expect((await scim('GET', '/ResourceTypes')).body).toMatchObject({ Resources: [{ endpoint: '/Users' }] });
  expect((await scim('GET', '/Schemas')).body).toMatchObject({ Resources: [{ id: USER_SCHEMA }] });
});
