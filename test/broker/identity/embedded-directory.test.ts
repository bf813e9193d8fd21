// The identities of an embedded broker: lasting subjects, persons behind accounts, and facts that are only asserted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddedDirectory } from '#broker/identity/embedded-directory.ts';
import type { Directory } from '#broker/identity/directory.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import type { EmbeddedIdentity } from '#shared/contracts/config.ts';
import { embeddedIdentitySchema } from '#shared/contracts/config/embedded.ts';
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { expectOk, newKey, openWorld } from '#test/support/broker-world.ts';

const HASH_KEY = new Uint8Array(32).fill(7);
let store: BrokerStore;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-directory-'));
  store = await openTestStore<Tables>({ path: join(folder, 'store.sqlite'), migrations: brokerMigrations });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const identityOf = (users: readonly object[], more: object = {}): EmbeddedIdentity =>
  embeddedIdentitySchema.parse({ users, ...more });

async function directoryOf(
  users: readonly object[],
  over: { issuer?: string; hashKey?: Uint8Array } = {},
): Promise<Directory> {
  return await createEmbeddedDirectory({
    identity: identityOf(users),
    issuer: over.issuer ?? 'urn:daypass:embedded:test',
    store,
    clock: { now: () => 1_800_000_000_000 },
    hashKey: over.hashKey ?? HASH_KEY,
  });
}

const ANA = { name: 'ana', displayName: 'Ana Lima' };
const as = async (directory: Directory, user: string): Promise<Principal> => {
  const known = await directory.authenticate({ kind: 'embedded', user });
  if (!known.ok) throw new Error(`${user} is unknown`);
  return known.value;
};

describe('subjects', () => {
  it('last: the same account has the same id whenever the directory is made', async () => {
    const first = (await as(await directoryOf([ANA]), 'ana')).subject;
    const second = await as(
      await directoryOf([
        { name: 'max', displayName: 'Max' },
        { ...ANA, teams: ['vision'] },
      ]),
      'ana',
    );
    expect(second.subject).toBe(first);
    expect(second.teams).toEqual(['vision']);
  });

  it('say nothing of who it is, and differ by issuer', async () => {
    const here = (await as(await directoryOf([ANA]), 'ana')).subject;
    const there = (await as(await directoryOf([ANA], { issuer: 'urn:daypass:embedded:other' }), 'ana')).subject;
    expect(here).toMatch(/^sub_[\w-]{22}$/);
    expect(there).not.toBe(here);
  });

  it('are made once when two starts race', async () => {
    const [one, two] = await Promise.all([directoryOf([ANA]), directoryOf([ANA])]);
    expect((await as(one, 'ana')).subject).toBe((await as(two, 'ana')).subject);
  });

  it('that left the configuration are unknown, and the same again when they are back', async () => {
    const { subject } = await as(await directoryOf([ANA]), 'ana');
    const without = await directoryOf([{ name: 'max', displayName: 'Max' }]);
    expect(without.find(subject)).toBeNull();
    expect((await without.authenticate({ kind: 'embedded', user: 'ana' })).ok).toBe(false);
    expect((await directoryOf([ANA])).find(subject)?.name).toBe('Ana Lima');
  });
});

describe('persons', () => {
  it('are shared by accounts that say so, with the account named like the person too', async () => {
    const directory = await directoryOf([
      { name: 'sam', displayName: 'Sam' },
      { name: 'sam2', displayName: 'Sam (ops)', person: 'sam' },
      { name: 'jo', displayName: 'Jo' },
    ]);
    expect((await as(directory, 'sam')).subject).not.toBe((await as(directory, 'sam2')).subject);
    expect(samePerson(await as(directory, 'sam'), await as(directory, 'sam2'))).toBe(true);
    expect(samePerson(await as(directory, 'sam'), await as(directory, 'jo'))).toBe(false);
  });

  it('cannot be guessed from a name without the key', async () => {
    const here = (await as(await directoryOf([ANA]), 'ana')).person;
    const there = (await as(await directoryOf([ANA], { hashKey: new Uint8Array(32).fill(8) }), 'ana')).person;
    expect(here).toMatch(/^per_[\w-]{22}$/);
    expect(there).not.toBe(here);
  });

  it('are people: a service is never among those who may be asked', async () => {
    const directory = await directoryOf([ANA, { name: 'warehouse', displayName: 'Warehouse', kind: 'service' }]);
    expect(directory.people().map(({ name }) => name)).toEqual(['Ana Lima']);
  });
});

describe('callers', () => {
  it('are who the channel says, and nobody else', async () => {
    const directory = await directoryOf([ANA]);
    expect((await directory.authenticate({ kind: 'anonymous' })).ok).toBe(false);
    for (const user of [
      '',
      'Ana',
      'ana ',
      'ANA',
      '__proto__',
      'constructor',
      'Ana Lima',
      (await as(directory, 'ana')).subject,
    ])
      expect((await directory.authenticate({ kind: 'embedded', user })).ok, user).toBe(false);
    for (const subject of ['', 'ana', '__proto__']) expect(directory.find(subject)).toBeNull();
  });

  it('have facts that are asserted only, and unknown where nobody said', async () => {
    const directory = await directoryOf([ANA]);
    expect(await as(directory, 'ana')).toMatchObject({
      provenance: 'asserted',
      admin: false,
      contractor: null,
      zoneinfo: null,
      authenticatedAtMs: null,
      roles: [],
      teams: [],
    });
    expect(directory.deviceFacts(null)).toEqual({ managed: null, diskEncrypted: null, country: null });
    expect(directory.mode).toBe('embedded');
  });

  it('introspect for the resources that the configuration gives them', async () => {
    const directory = await directoryOf([
      ANA,
      { name: 'warehouse', displayName: 'Warehouse', kind: 'service', audiences: ['dataset:penguins'] },
    ]);
    expect(directory.audiences((await as(directory, 'warehouse')).subject)).toEqual(['dataset:penguins']);
    expect(directory.audiences((await as(directory, 'ana')).subject)).toEqual([]);
    expect(directory.audiences('sub_unknown')).toEqual([]);
  });
});

describe('over the API', () => {
  it('people keep subject, device and requests when the broker starts again', async () => {
    const world = await openWorld();
    try {
      const ana = await world.as('ana');
      const before = expectOk(await ana.me());
      const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: 60_000 };
      const { id } = expectOk(await ana.submit(wish, newKey()));
      world.clock.advance(2000);
      await world.stop();
      await world.start();
      expect(expectOk(await ana.me())).toEqual(before);
      expect(before).toMatchObject({ facts: 'asserted', mode: 'embedded', kind: 'person' });
      expect(expectOk(await ana.request(id)).decision.facts).toBe('asserted');
      expect((await ana.collect(id, newKey())).ok).toBe(true);
    } finally {
      await world.close();
    }
  });
});
