// What weakens a guard or erases words waits for two people, also over a restart. The directory is the one of the
// embedded tests with sign-ins: who is an admin, an owner, the same human.
import { mkdtempSync, rmSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '#broker/config/load-config.ts';
import { createConfiguration, type Configuration, type Reloaded } from '#broker/config/configuration.ts';
import { createEmbeddedDirectory } from '#broker/identity/embedded-directory.ts';
import type { Directory } from '#broker/identity/directory.ts';
import { createLedger } from '#broker/ledger/create-ledger.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import {
  answerChange,
  isTheirs,
  mayAgree,
  proposerOf,
  waitingChanges,
  type Reload,
  type SeenChange,
} from '#broker/oversight/changes.ts';
import { proposeErasure } from '#broker/oversight/erase.ts';
import type { ChangeDeps } from '#broker/oversight/scope.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { createHandClock, expectOk, type HandClock } from '#test/support/broker-world.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

let folder: string;
let clock: HandClock;
let store: BrokerStore;
let ledger: Ledger;
let directory: Directory;
let configuration: Configuration;

const HASH_KEY = new Uint8Array(32).fill(7);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-two-people-'));
  for (const part of ['catalog.yaml', 'policies'])
    cpSync(new URL(`../../../examples/solo/${part}`, import.meta.url), join(folder, part), { recursive: true });
  clock = createHandClock(Date.parse('2026-11-24T09:00:00Z'));
  store = await openTestStore<Tables>({ path: ':memory:', migrations: brokerMigrations });
  ledger = await createLedger({
    store,
    clock,
    ledgerSeed: new Uint8Array(32).fill(1),
    erasureKey: new Uint8Array(32).fill(2),
    bootId: 'boot',
  });
  const parsed = expectOk(parseConfig({ file: join(folder, 'daypass.yaml'), text: users() })).config;
  if (parsed.mode !== 'embedded') throw new Error('the users are those of an embedded broker');
  const { identity } = parsed;
  const embedded = await createEmbeddedDirectory({
    identity: identity.embedded,
    issuer: 'urn:test',
    store,
    clock,
    hashKey: HASH_KEY,
  });
  directory = { ...embedded, mode: 'standalone', freshSignInMs: 5 * MINUTE_MS };
  configuration = await started();
});
afterEach(async () => {
  await ledger.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A second admin, and a second account of the first. */
function users(): string {
  const lee = CONFIG.split('\n').find((line) => line.includes('name: lee')) ?? '';
  const others = [
    lee.replace('lee', 'kai').replace('Lee Novak', 'Kai Ito'),
    lee.replace('name: lee', 'name: lee2, person: lee'),
  ];
  return CONFIG.replace(lee, [lee, ...others].join('\n'));
}

async function started(): Promise<Configuration> {
  return expectOk(
    await createConfiguration({
      catalogFile: join(folder, 'catalog.yaml'),
      policiesFolder: join(folder, 'policies'),
      maxTokenLifeMs: 31 * 86_400_000,
      loadPolicies,
      clock,
      store,
      ledger,
      twoPeople: true,
    }),
  );
}

const deps = (): ChangeDeps => ({ store, ledger, clock, directory, snapshot: configuration.current });

async function who(user: string, signedInAgoMs = 0): Promise<Principal> {
  const known = expectOk(await directory.authenticate({ kind: 'embedded', user }));
  return { ...known, authenticatedAtMs: clock.now() - signedInAgoMs };
}

const reload: Reload = async (actor) =>
  await configuration.reload(actor?.subject ?? 'broker', proposerOf(deps(), actor));

async function reloadAs(user: string, signedInAgoMs = 0): Promise<Reloaded> {
  return expectOk(await reload(await who(user, signedInAgoMs)));
}

async function answer(user: string, changeId: string, agree = true, signedInAgoMs = 0) {
  return await answerChange(deps(), reload, {
    principal: await who(user, signedInAgoMs),
    changeId,
    agree,
    reason: 'Looked at it',
  });
}

function edit(file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
}
/** The legislators are confidential, and owned by the team records (jo, ana2, sam2). */
const downgrade = (): void => edit('catalog.yaml', 'sensitivity: confidential', 'sensitivity: internal');
const sensitivity = (): string | undefined => configuration.current().resource('dataset:legislators')?.sensitivity;
const recorded = async (): Promise<readonly string[]> => {
  await ledger.settled();
  return (await ledger.records({ limit: 1000 })).map(({ kind }) => kind);
};

describe('a catalog that lowers a sensitivity', () => {
  it('is held, on record, and the old stays', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    expect(heldChange).toMatch(/^chg_/);
    expect(sensitivity()).toBe('confidential');
    expect(await recorded()).toContain('config.held');
    const [seen] = await waitingChanges(deps(), await who('kai'));
    expect(JSON.parse(seen?.change.lines ?? '')).toEqual(['dataset:legislators: confidential → internal']);
    expect((await reloadAs('lee')).heldChange).toBe(heldChange);
  });

  it('comes into force when a second person agreed to exactly this', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    expect(await answer('kai', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'applied' } });
    expect(sensitivity()).toBe('internal');
    expect(await recorded()).toContain('config.weakened');
    expect(await waitingChanges(deps(), await who('kai'))).toEqual([]);
  });

  it('needs two others when nobody’s own word counts: found at a start, or asked for with an old sign-in', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee', 10 * MINUTE_MS);
    expect(await answer('lee', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await answer('jo', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'applied' } });
  });

  it('counts one human once, under whatever account', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    expect(await answer('lee', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await answer('lee2', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(sensitivity()).toBe('confidential');
  });

  it('is agreed to by owners of what it is about, not by owners of something else, and not without a fresh sign-in', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    expect(await answer('sam', heldChange ?? '')).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await answer('jo', heldChange ?? '', true, 6 * MINUTE_MS)).toMatchObject({
      ok: false,
      error: { code: 'fresh_sign_in_required' },
    });
    expect(await answer('jo', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'applied' } });
  });

  it('ends when somebody does not agree, and the same files ask anew', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    expect(await answer('jo', heldChange ?? '', false)).toMatchObject({ ok: true, value: { state: 'rejected' } });
    expect(await answer('kai', heldChange ?? '')).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    const again = await reloadAs('lee');
    expect(again.heldChange).not.toBe(heldChange);
    expect(sensitivity()).toBe('confidential');
  });

  it('is another change when the files are others by then', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    edit('catalog.yaml', 'name: Members of the US Congress', 'name: Members of the Congress');
    expect(await answer('kai', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'agreed' } });
    expect(sensitivity()).toBe('confidential');
    const [other] = await waitingChanges(deps(), await who('kai'));
    expect(other?.change.id).not.toBe(heldChange);
    edit('catalog.yaml', 'name: Members of the Congress', 'name: Members of the US Congress');
    expect((await reloadAs('kai')).heldChange).toBeNull();
    expect(sensitivity()).toBe('internal');
  });

  it('that lies there at a start is held too: what was in force stays in force', async () => {
    downgrade();
    configuration = await started();
    expect(sensitivity()).toBe('confidential');
    const [seen] = await waitingChanges(deps(), await who('jo'));
    expect(seen?.change.proposed_by).toBe('broker');
    expect(await answer('jo', seen?.change.id ?? '')).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await answer('kai', seen?.change.id ?? '')).toMatchObject({ ok: true, value: { state: 'applied' } });
    expect(sensitivity()).toBe('internal');
    configuration = await started();
    expect(sensitivity()).toBe('internal');
  });

  it('does not come by leaving first', async () => {
    const path = join(folder, 'catalog.yaml');
    const whole = readFileSync(path, 'utf8');
    const start = whole.indexOf('  - id: dataset:weather');
    const end = whole.indexOf('  - id: dataset:legislators');
    writeFileSync(path, whole.slice(0, start) + whole.slice(end));
    expect((await reloadAs('lee')).heldChange).toBeNull();
    const entry = whole.slice(start, end).replace('sensitivity: internal', 'sensitivity: public');
    writeFileSync(path, whole.slice(0, start) + entry + whole.slice(end));
    expect((await reloadAs('lee')).heldChange).not.toBeNull();
    expect(configuration.current().resource('dataset:weather')).toBeNull();
  });
});

describe('policies that weaken what two people guard', () => {
  it('are held, for administrators alone', async () => {
    edit('policies/guards.cedar', 'context.approvals.count >= 2', 'context.approvals.count >= 1');
    const { heldChange } = await reloadAs('lee');
    expect(heldChange).not.toBeNull();
    expect(await answer('jo', heldChange ?? '')).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await answer('kai', heldChange ?? '')).toMatchObject({ ok: true, value: { state: 'applied' } });
  });

  it('are not held when they only add a guard', async () => {
    writeFileSync(
      join(folder, 'policies', 'more.cedar'),
      '@id("guard.more")\n@title("Nobody exports")\n@fix("role")\nforbid (principal, action == Daypass::Action::"export", resource);\n',
    );
    expect((await reloadAs('lee')).heldChange).toBeNull();
  });
});

describe('erasure', () => {
  const words = async (): Promise<readonly unknown[]> => {
    await ledger.settled();
    const records = await ledger.records({ limit: 1000 });
    return await Promise.all(records.filter(({ kind }) => kind === 'change.answered').map(ledger.openPersonal));
  };

  it('is done when a second administrator agreed: the words are gone, the records are not', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    await answer('jo', heldChange ?? '');
    expect(await words()).toEqual([{ reason: 'Looked at it' }]);
    const jo = await who('jo');
    const proposed = expectOk(
      await proposeErasure(deps(), { principal: await who('lee'), person: jo.person, reason: 'Asked for it' }),
    );
    expect(proposed.state).toBe('waiting');
    expect(await answer('jo', proposed.id)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await answer('lee2', proposed.id)).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await words()).toEqual([{ reason: 'Looked at it' }]);
    expect(await answer('kai', proposed.id)).toMatchObject({ ok: true, value: { state: 'applied' } });
    expect((await words())[0]).toBeNull();
    expect(await recorded()).toContain('subject.erased');
  });

  it('is not proposed or agreed to by whose words they are', async () => {
    const lee = await who('lee');
    const own = await proposeErasure(deps(), { principal: lee, person: lee.person, reason: 'Mine' });
    expect(own).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const proposed = expectOk(
      await proposeErasure(deps(), { principal: await who('kai'), person: lee.person, reason: 'x' }),
    );
    expect(await answer('lee2', proposed.id)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });
});

describe('a word that does not count', () => {
  async function waiting(): Promise<SeenChange> {
    const [seen] = await waitingChanges(deps(), await who('kai'));
    if (seen === undefined) throw new Error('nothing waits');
    return seen;
  }

  it('is that of a service, also of one that may administer', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee');
    const service: Principal = {
      ...(await who('kai')),
      kind: 'service',
      subject: 'sub_service',
      person: 'per_service',
    };
    expect(await waitingChanges(deps(), service)).toEqual([]);
    const answered = await answerChange(deps(), reload, {
      principal: service,
      changeId: heldChange ?? '',
      agree: true,
      reason: 'Fine',
    });
    expect(answered).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(proposerOf(deps(), service)).toBeUndefined();
    expect(sensitivity()).toBe('confidential');
  });

  it('is that of who proposed it without a sign-in of the last minutes', async () => {
    downgrade();
    const { heldChange } = await reloadAs('lee', 6 * MINUTE_MS);
    expect((await waiting()).answers).toEqual([]);
    expect(expectOk(await answer('kai', heldChange ?? '')).state).toBe('waiting');
    expect(sensitivity()).toBe('confidential');
  });

  it('is that of an owner of some of what it is about', async () => {
    downgrade();
    await reloadAs('lee');
    const { change } = await waiting();
    const of = (...resources: string[]) => ({ ...change, resources: JSON.stringify(resources) });
    const jo = await who('jo');
    expect(mayAgree(deps(), jo, of('dataset:legislators'))).toBe(true);
    expect(mayAgree(deps(), jo, of('dataset:legislators', 'dataset:of-nobody'))).toBe(false);
    expect(mayAgree(deps(), jo, { ...change, resources: null })).toBe(false);
  });

  it('is asked for from no other account of who gave theirs', async () => {
    downgrade();
    await reloadAs('lee');
    const seen = await waiting();
    expect(isTheirs(await who('kai'), seen)).toBe(true);
    for (const user of ['lee', 'lee2']) expect(isTheirs(await who(user), seen), user).toBe(false);
  });

  it('is that of who wants an erasure without a sign-in of the last minutes', async () => {
    const { person } = await who('ana');
    for (const ago of [5 * MINUTE_MS + 1000, 60 * MINUTE_MS]) {
      const principal = await who('lee', ago);
      const proposed = await proposeErasure(deps(), { principal, person, reason: 'They asked' });
      expect(proposed).toMatchObject({ ok: false, error: { code: 'fresh_sign_in_required' } });
    }
    expect(await waitingChanges(deps(), await who('kai'))).toEqual([]);
  });
});
