// Rules come into force on one replica and are served by all: agreed to by two people here, taken over there; by one
// that was down, at its start; by one that cannot, nothing that they are about is served.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '#broker/broker.ts';
import { createBroker } from '#broker/create-broker.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { Tables } from '#broker/store.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import '#test/support/on-postgres.ts';
import { BASE_URL, expectOk, newKey } from '#test/support/broker-world.ts';
import { standaloneConfig, standaloneWorld, type StandaloneWorld } from '#test/support/standalone-world.ts';
import { openTestStore } from '#test/support/test-store.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const LEGISLATORS = 'dataset:legislators';

let world: StandaloneWorld;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  world = await standaloneWorld();
  closing.push(world.close);
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Other = {
  readonly broker: Broker;
  readonly as: (user: string) => Promise<BrokerClient>;
  readonly call: (request: Request, user: string) => Promise<Response>;
  readonly get: (path: string, user: string) => Promise<Response>;
  readonly troubles: string[];
};

/** Another replica, on this database, with files of its own or those of the first. */
async function startOther(folder = world.folder, config = standaloneConfig()): Promise<Other> {
  const troubles: string[] = [];
  const created = await createBroker({
    loaded: expectOk(parseConfig({ file: join(folder, 'daypass.yaml'), text: config })),
    store: await openTestStore<Tables>({
      path: join(world.folder, 'state', 'broker.sqlite'),
      migrations: brokerMigrations,
    }),
    clock: world.clock,
    keys: world.keys,
    secret: (reference) => Promise.reject(new Error(`no secret ${reference} in this world`)),
    fetchIssuerJson: world.issuer.fetchJson,
    onTrouble: (_error, where) => void troubles.push(where),
  });
  const broker = expectOk(created);
  closing.push(broker.close);
  const call = async (request: Request, user: string): Promise<Response> => {
    const authorization = `Bearer ${await world.tokenFor(user)}`;
    return await broker.fetch(request, { kind: 'http', authorization, remoteAddress: '192.0.2.7' });
  };
  return {
    broker,
    troubles,
    call,
    get: async (path, user) => await call(new Request(`${BASE_URL}${path}`), user),
    as: async (user) => {
      await world.as(user);
      return createBrokerClient({
        fetch: async (request) => await call(request, user),
        baseUrl: BASE_URL,
        deviceKey: await world.deviceKey(user),
        clock: world.clock,
      });
    },
  };
}

function copyOfFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-other-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['catalog.yaml', 'policies', 'data'])
    cpSync(join(world.folder, part), join(folder, part), { recursive: true });
  return folder;
}

function edit(folder: string, change: (entry: string) => string): void {
  const path = join(folder, 'catalog.yaml');
  const text = readFileSync(path, 'utf8');
  const start = text.indexOf(`  - id: ${LEGISLATORS}`);
  const end = text.indexOf('  - id: dataset:campaign-finance');
  writeFileSync(path, text.slice(0, start) + change(text.slice(start, end)) + text.slice(end));
}
const downgrade = (entry: string): string => entry.replace('sensitivity: confidential', 'sensitivity: internal');

async function post(path: string, user: string, body: unknown = null): Promise<Record<string, unknown>> {
  const sent = body === null ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const request = new Request(`${BASE_URL}${path}`, { method: 'POST', ...sent });
  return (await (await world.call(request, user)).json()) as Record<string, unknown>;
}

type Held = { readonly held: { readonly id: string } };

/** The first replica reads its files, lee's own word counts, and an owner agrees. */
async function agreeHere(): Promise<unknown> {
  const { held } = (await post('/v1/configuration/reload', 'lee')) as unknown as Held;
  return await ownerAgrees(held.id);
}

async function ownerAgrees(change: string): Promise<unknown> {
  const answered = await post(`/v1/changes/${change}/answers`, 'jo', { agree: true, reason: 'Public anyway' });
  return answered['state'];
}

async function sensitivityAt(client: BrokerClient): Promise<string | undefined> {
  const { resources } = expectOk(await client.catalog());
  return resources.find(({ id }) => id === LEGISLATORS)?.sensitivity;
}

const wish = (resource: string) => ({
  resource,
  actions: ['read'],
  purpose: 'research',
  justification: 'Baseline for the poster.',
  durationMs: 3_600_000,
});

describe('what two people agreed to', () => {
  it('is in force on a replica that nobody told, also when its own files are the old ones', async () => {
    const same = await startOther();
    const old = await startOther(copyOfFiles());
    edit(world.folder, downgrade);
    expect(await agreeHere()).toBe('applied');
    for (const other of [same, old]) {
      const ana = await other.as('ana');
      await expect.poll(async () => await sensitivityAt(ana), PATIENCE).toBe('internal');
    }
    const changed = (await world.store().read.selectFrom('config_contents').select('content_hash').execute()).length;
    expect(changed).toBe(1);
    const records = expectOk(await (await world.as('lee')).records({ limit: 1000 })).records;
    const kinds = records.map(({ record }) => (record as { metadata: { event_code: string } }).metadata.event_code);
    expect(kinds.filter((kind) => kind === 'config.weakened')).toHaveLength(1);
  });

  it('comes into force where the files lie, when it was agreed to where they do not', async () => {
    const folder = copyOfFiles();
    const other = await startOther(folder);
    edit(folder, downgrade);
    const asked = new Request(`${BASE_URL}/v1/configuration/reload`, { method: 'POST' });
    const { held } = (await (await other.call(asked, 'lee')).json()) as Held;
    expect(await ownerAgrees(held.id)).toBe('agreed');
    const ana = await world.as('ana');
    await expect.poll(async () => await sensitivityAt(ana), PATIENCE).toBe('internal');
  });

  it('is applied by a replica that was down, at its start, though its files are the old ones', async () => {
    const folder = copyOfFiles();
    const before = await startOther(folder);
    await before.broker.close();
    edit(world.folder, downgrade);
    expect(await agreeHere()).toBe('applied');
    const after = await startOther(folder);
    expect(await sensitivityAt(await after.as('ana'))).toBe('internal');
    expect(after.troubles).toContain('configuration');
    expect(await sensitivityAt(await world.as('ana'))).toBe('internal');
    // Whoever means the old ones reloads them; stricter ones wait for nobody, and all have them.
    expectOk(await after.broker.reload());
    const ana = await world.as('ana');
    await expect.poll(async () => await sensitivityAt(ana), PATIENCE).toBe('confidential');
  });
});

describe('a replica that cannot take over the rules in force', () => {
  const shortLives = `${standaloneConfig()}tokens: { maxLife: P7D }\n`;

  it('serves nothing that they are about, says so, and goes on with the rest', async () => {
    const folder = copyOfFiles();
    const other = await startOther(folder, shortLives);
    const ana = await other.as('ana');
    const pending = expectOk(await ana.submit(wish(LEGISLATORS), newKey()));
    expect((await other.get('/readyz', 'warehouse')).status).toBe(200);
    edit(world.folder, (entry) => downgrade(entry).replace('maxDuration: PT8H', 'maxDuration: P8D'));
    expect(await agreeHere()).toBe('applied');
    await expect.poll(async () => (await other.get('/readyz', 'warehouse')).status, PATIENCE).toBe(503);
    expect(await (await other.get('/metrics', 'warehouse')).text()).toContain('daypass_rules_behind 1');
    expect(other.troubles).toContain('configuration');
    expect(await ana.submit(wish(LEGISLATORS), newKey())).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    const jo = await other.as('jo');
    expect(await jo.answer(pending.id, { answer: 'approve', scopeHash: pending.scopeHash })).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
    });
    expect(await sensitivityAt(ana)).toBeUndefined();
    expectOk(await ana.submit(wish('dataset:penguins'), newKey()));

    edit(world.folder, (entry) =>
      entry
        .replace('maxDuration: P8D', 'maxDuration: PT8H')
        .replace('sensitivity: internal', 'sensitivity: confidential'),
    );
    expectOk(await world.broker().reload());
    await expect.poll(async () => (await other.get('/readyz', 'warehouse')).status, PATIENCE).toBe(200);
    expect(await sensitivityAt(ana)).toBe('confidential');
  });
});
