// Tokens that a broker must refuse, from a real OpenID provider and from whoever forges; each for its own reason, and
// never with the token in what is logged.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectory } from '#broker/identity/create-directory.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import type { Directory } from '#broker/identity/directory.ts';
import { fetchIssuerJson } from '#broker/identity/oidc/issuer-fetch.ts';
import type { TokenRefusal } from '#broker/identity/oidc/token-refusal.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_AGAIN, JO_BERG, NIGHTLY } from '#test/support/oidc/accounts.ts';
import { hostileTokens } from '#test/support/oidc/hostile-tokens.ts';
import { startProvider, type TestProvider } from '#test/support/oidc/provider.ts';
import { AUDIENCE, standaloneConfig } from '#test/support/standalone-world.ts';

let provider: TestProvider;
let store: BrokerStore;
let directory: Directory;
const refusals: (TokenRefusal | 'disabled')[] = [];
const troubles: string[] = [];

beforeAll(async () => {
  provider = await startProvider({ audience: AUDIENCE });
  store = await openSqlite<Tables>({ path: ':memory:', migrations: brokerMigrations });
  const services = [{ client: NIGHTLY.clientId, displayName: 'Nightly report', roles: ['analyst'] }];
  const oidc = { issuer: provider.issuer, services, reproveWithin: 'PT15M' };
  const { config } = expectOk(parseConfig({ file: 'daypass.yaml', text: standaloneConfig(oidc) }));
  directory = await createDirectory(config, {
    issuer: 'urn:daypass:test-team',
    store,
    ledger: { append: async () => {} } as never,
    clock: { now: () => Date.now() },
    hashKey: new Uint8Array(32).fill(7),
    fetchJson: fetchIssuerJson,
    onRefused: (reason) => refusals.push(reason),
    onTrouble: (error) => troubles.push(String(error)),
  });
});
afterAll(async () => {
  await provider.stop();
  await store.close();
});

async function authenticate(authorization: string | null) {
  return await directory.authenticate({ kind: 'http', authorization, remoteAddress: '192.0.2.1' });
}

async function asBearer(token: string) {
  return await authenticate(`Bearer ${token}`);
}

describe('a token of a person', () => {
  it('makes a principal, with what the token says of them and of this sign-in', async () => {
    const signedInAtMs = Math.floor((Date.now() - 60_000) / 1000) * 1000;
    const ana = expectOk(await asBearer(await provider.tokenFor(ANA, { authTimeMs: signedInAtMs })));
    expect(ana).toMatchObject({
      name: 'Ana Lima',
      kind: 'person',
      roles: ['data-scientist'],
      teams: ['vision'],
      contractor: false,
      zoneinfo: 'Europe/Lisbon',
      admin: false,
      provenance: 'verified',
      authenticatedAtMs: signedInAtMs,
    });
    expect(ana.subject).toMatch(/^sub_/);
    expect(directory.find(ana.subject)).toMatchObject({ name: 'Ana Lima', authenticatedAtMs: null });
  });

  it('of two accounts makes one person', async () => {
    const jo = expectOk(await asBearer(await provider.tokenFor(JO_BERG)));
    const again = expectOk(await asBearer(await provider.tokenFor(JO_AGAIN)));
    expect(again.subject).not.toBe(jo.subject);
    expect(again.person).toBe(jo.person);
  });
});

it('a service is what the configuration says, whatever its own token claims', async () => {
  const claims = { sub: NIGHTLY.clientId, client_id: NIGHTLY.clientId, roles: ['admin'], auth_time: undefined };
  const service = expectOk(await asBearer(await provider.tokenFor(ANA, { claims })));
  expect(service).toMatchObject({ kind: 'service', name: 'Nightly report', roles: ['analyst'], admin: false });
  expect(directory.people().map(({ subject }) => subject)).not.toContain(service.subject);
});

describe('is refused', () => {
  it('every token that is wrong in one thing, and no other', async () => {
    const hostile = await hostileTokens(provider, ANA);
    const seen: Record<string, unknown> = {};
    for (const [name, token] of Object.entries(hostile)) {
      const before = refusals.length;
      const result = await asBearer(token);
      expect(result.ok, name).toBe(false);
      if (token !== '') expect(refusals.length, name).toBe(before + 1);
      seen[name] = result.ok ? null : (refusals[before] ?? result.error);
    }
    expect(seen).toMatchObject({
      'of another issuer': 'wrong_issuer',
      'of the issuer with a slash': 'wrong_issuer',
      'for an audience that begins alike': 'wrong_audience',
      'of an unknown client': 'unknown_client',
      'that ended': 'expired',
      'that has not begun': 'not_yet_valid',
      'issued in the future': 'issued_in_the_future',
      'signed in in the future': 'signed_in_in_the_future',
      'of the type of an ID token': 'wrong_type',
      'with an unknown key id': 'unknown_key',
      'signed by another key': 'bad_signature',
      'that brings its key along': 'brings_its_key',
      'that says where its keys are': 'brings_its_key',
      'signed with the public key as a secret (PEM)': 'wrong_algorithm',
      'not signed at all': 'wrong_algorithm',
      'with another payload under its signature': 'bad_signature',
      'that is no token': 'malformed',
      'that is empty': 'no_credentials',
    });
    expect((await asBearer(await provider.tokenFor(ANA))).ok).toBe(true);
  });

  const nowS = (): number => Math.floor(Date.now() / 1000);
  const wrong: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, TokenRefusal]>> = {
    'for this broker and somebody else': [{ aud: [AUDIENCE, 'https://another.example'] }, 'wrong_audience'],
    'that lives for a day': [{ exp: nowS() + 86_400 }, 'lives_too_long'],
    'that ends before it begins': [{ exp: nowS() - 5, iat: nowS() - 4 }, 'bad_claims'],
    'without the time of its issue': [{ iat: undefined }, 'bad_claims'],
    'with a nonce, as ID tokens have': [{ nonce: 'n' }, 'id_token'],
    'with a hash of another token, as ID tokens have': [{ at_hash: 'x' }, 'id_token'],
    'that calls itself a refresh token': [{ typ: 'Refresh' }, 'id_token'],
    'whose client and authorised party differ': [{ azp: 'another-program' }, 'unknown_client'],
    'of a person, got by a service': [{ client_id: NIGHTLY.clientId }, 'person_with_a_service'],
    'of a person with the name of a service': [{ sub: NIGHTLY.clientId }, 'client_is_no_person'],
    'that people’s own program got for itself': [{ sub: 'daypass-desktop' }, 'client_is_no_person'],
    'bound in a way that we cannot check': [{ cnf: { 'x5t#S256': 'A'.repeat(43) } }, 'bad_confirmation'],
    'bound to nothing': [{ cnf: {} }, 'bad_confirmation'],
    'bound to a key, without its proof': [{ cnf: { jkt: 'A'.repeat(43) } }, 'bound_but_sent_as_bearer'],
    'with roles that are no list': [{ roles: 'admin' }, 'bad_roles_claim'],
    'with a role that is no text': [{ roles: [{ admin: true }] }, 'bad_roles_claim'],
    'with more roles than anybody has': [{ roles: Array.from({ length: 300 }, (_, i) => `r${i}`) }, 'bad_roles_claim'],
    'with a line break in a team': [{ teams: ['a\nb'] }, 'bad_teams_claim'],
    'who signed in after the token was issued': [
      { auth_time: nowS() + 9, iat: nowS() - 30 },
      'signed_in_in_the_future',
    ],
  };
  it.each(Object.entries(wrong))('a token %s', async (_name, [claims, reason]) => {
    // Another account each: what is known of an account already is not read again.
    const sub = typeof claims['sub'] === 'string' ? claims['sub'] : `account of ${reason}`;
    const before = refusals.length;
    expect(await asBearer(await provider.tokenFor(ANA, { claims: { sub, ...claims } }))).toEqual({
      ok: false,
      error: 'invalid_token',
    });
    expect(refusals.slice(before)).toEqual([reason]);
  });

  it('a token that is larger than tokens are, before anything of it is read', async () => {
    const token = await provider.tokenFor(ANA, { claims: { filler: 'x'.repeat(20_000) } });
    expect(await asBearer(token)).toMatchObject({ ok: false });
    expect(refusals.at(-1)).toBe('too_large');
  });

  it('a token that is not bound, shown as if it were', async () => {
    expect((await authenticate(`DPoP ${await provider.tokenFor(ANA)}`)).ok).toBe(false);
    expect(refusals.at(-1)).toBe('not_bound_but_sent_as_dpop');
  });

  it.each([null, '', 'Bearer', 'Basic YTpi', 'Bearer a b', 'Bearer é', `Bearer ${'a'.repeat(70_000)}`, 'a.b.c'])(
    'an Authorization header of %j, as none at all',
    async (header) => {
      expect(await authenticate(header)).toEqual({ ok: false, error: 'no_credentials' });
    },
  );
});

it('no refusal and no trouble carries a token', () => {
  expect(JSON.stringify([refusals, troubles])).not.toMatch(/eyJ/);
  expect(troubles).toEqual([]);
});
