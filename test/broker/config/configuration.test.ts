import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConfiguration, type Configuration } from '#broker/config/configuration.ts';
import { configMigrations } from '#broker/config/migrations.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { NOW_MS, testClock } from '#test/broker/tokens/orders.ts';
import { eventMigrations, tableLedger, type TableLedger } from '#test/broker/tokens/table-ledger.ts';
import { CATALOG } from './config-text.ts';

const POLICY = `@id("read-internal")
@title("Scientists read internal data")
permit (principal, action == Daypass::Action::"read", resource);
`;

let folder: string;
let store: BrokerStore;
let ledger: TableLedger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-configuration-'));
  await mkdir(join(folder, 'policies'));
  await put('catalog.yaml', CATALOG);
  await put('policies/base.cedar', POLICY);
  store = await openTestStore<Tables>({ path: ':memory:', migrations: { ...configMigrations, ...eventMigrations } });
  ledger = tableLedger(store);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const put = (name: string, text: string) => writeFile(join(folder, name), text);

function create() {
  return createConfiguration({
    catalogFile: join(folder, 'catalog.yaml'),
    policiesFolder: join(folder, 'policies'),
    maxTokenLifeMs: 31 * 86_400_000,
    loadPolicies,
    clock: testClock(),
    store,
    ledger,
    twoPeople: false,
  });
}

async function started(): Promise<Configuration> {
  const created = await create();
  if (!created.ok) throw new Error(JSON.stringify(created.error.problems));
  return created.value;
}

/** What the ledger got since the last look, shortened to what these tests are about. */
let seen = 0;
beforeEach(() => void (seen = 0));
async function newEvents() {
  const events = (await ledger.events()).slice(seen);
  seen += events.length;
  return events.map(({ kind, actor, outcome, data }) => ({ kind, actor, outcome, data }));
}

describe('the catalog and policies in force', () => {
  it('are recorded whole at a first start, and not again at the next', async () => {
    const configuration = await started();
    const { catalog, policies } = configuration.current().parts;
    expect(await newEvents()).toEqual([
      {
        kind: 'config.changed',
        actor: 'broker',
        outcome: 'success',
        data: {
          part: 'catalog',
          fromHash: null,
          toHash: catalog.hash,
          added: ['dataset:penguins', 'model:words'],
          removed: [],
          changed: [],
        },
      },
      {
        kind: 'config.changed',
        actor: 'broker',
        outcome: 'success',
        data: {
          part: 'policies',
          fromHash: null,
          toHash: policies.hash,
          added: ['base.cedar'],
          removed: [],
          changed: [],
        },
      },
    ]);
    await started();
    await configuration.reload('sub_admin');
    expect(await newEvents()).toEqual([]);
    expect((await ledger.events())[0]?.atMs).toBe(NOW_MS);
  });

  it('are swapped together by a reload, which says who, what and how', async () => {
    const configuration = await started();
    const before = configuration.current();
    await newEvents();
    await put('catalog.yaml', CATALOG.replace('id: model:words', 'id: model:poems').replace('internal', 'restricted'));
    await put('policies/more.cedar', POLICY.replace('read-internal', 'more'));
    const reloaded = await configuration.reload('sub_admin');
    expect(reloaded.ok).toBe(true);
    const after = configuration.current();
    expect(after).not.toBe(before);
    expect(after.resource('model:poems')?.name).toBe('Words');
    expect(after.resource('model:words')).toBeNull();
    expect(before.resource('model:words')?.name).toBe('Words');
    expect(after.policy.policyHash).not.toBe(before.policy.policyHash);
    expect(await newEvents()).toEqual([
      expect.objectContaining({
        actor: 'sub_admin',
        data: {
          part: 'catalog',
          fromHash: before.parts.catalog.hash,
          toHash: after.parts.catalog.hash,
          added: ['model:poems'],
          removed: ['model:words'],
          changed: ['dataset:penguins'],
        },
      }),
      expect.objectContaining({
        actor: 'sub_admin',
        data: expect.objectContaining({ part: 'policies', added: ['more.cedar'], removed: [], changed: [] }) as unknown,
      }),
    ]);
  });

  it('are recorded as changed policies when only the actions that they are checked against changed', async () => {
    const configuration = await started();
    const before = configuration.current().parts.policies.hash;
    await newEvents();
    await put('catalog.yaml', CATALOG.replace('      infer:', '      summarise:'));
    await configuration.reload('sub_admin');
    const after = configuration.current().parts.policies.hash;
    expect(after).not.toBe(before);
    expect((await newEvents()).map((event) => event.data)).toEqual([
      expect.objectContaining({ part: 'catalog', changed: ['model:words'] }),
      { part: 'policies', fromHash: before, toHash: after, added: [], removed: [], changed: [] },
    ]);
  });

  it('pin what an approval depends on', async () => {
    const configuration = await started();
    const hashOf = (snapshot = configuration.current()) => {
      const resource = snapshot.resource('dataset:penguins');
      return resource === null ? '' : snapshot.catalogHash(resource);
    };
    const before = hashOf();
    await put('catalog.yaml', CATALOG.replace('sensitivity: internal', 'sensitivity: public'));
    await configuration.reload('broker');
    expect(hashOf()).not.toBe(before);
  });

  const refusals: readonly (readonly [string, () => Promise<unknown>, 'catalog' | 'policies', RegExp])[] = [
    [
      'a catalog that is not valid',
      () => put('catalog.yaml', CATALOG.replace('P7D', 'P7W')),
      'catalog',
      /catalog\.yaml:9:18 .*maxDuration/,
    ],
    ['a catalog that is gone', () => rm(join(folder, 'catalog.yaml')), 'catalog', /ENOENT/],
    ['a policy that does not parse', () => put('policies/new.cedar', 'permit ('), 'policies', /new\.cedar:1:\d+ /],
    [
      'a policy that names an action nobody has',
      () => put('policies/new.cedar', POLICY.replace('"read"', '"raed"').replace('read-internal', 'x')),
      'policies',
      /new\.cedar:3:\d+ .*raed/,
    ],
    [
      'a policy with a misspelt attribute',
      () =>
        put(
          'policies/new.cedar',
          POLICY.replace('read-internal', 'x').replace('resource);', 'resource)\nwhen { resource.sensitivty == "x" };'),
        ),
      'policies',
      /new\.cedar:4:\d+ .*sensitivty/,
    ],
    ['no policy at all', () => rm(join(folder, 'policies/base.cedar')), 'policies', /no \.cedar file/],
    [
      'policies that cannot be read',
      () => rm(join(folder, 'policies'), { recursive: true }),
      'policies',
      /cannot be read/,
    ],
    [
      'a policy that is no text',
      () => writeFile(join(folder, 'policies/new.cedar'), new Uint8Array([0xff])),
      'policies',
      /UTF-8/,
    ],
  ];
  it.each(refusals)('stay when a reload brings %s, and the refusal is recorded', async (_name, breakIt, part, said) => {
    const configuration = await started();
    const before = configuration.current();
    await newEvents();
    // A good change of the other part must not slip in with a bad one.
    await (part === 'catalog'
      ? put('policies/good.cedar', POLICY.replace('read-internal', 'good'))
      : put('catalog.yaml', CATALOG.replace('id: model:words', 'id: model:poems')));
    await breakIt();
    const reloaded = await configuration.reload('sub_admin');
    if (reloaded.ok) throw new Error('was accepted');
    const lines = reloaded.error.problems.map(
      (p) => `${p.part} ${p.file}:${p.line}:${p.column} ${p.path} ${p.message}`,
    );
    expect(lines.join('\n')).toMatch(said);
    expect(configuration.current()).toBe(before);
    expect(await newEvents()).toEqual([
      {
        kind: 'config.refused',
        actor: 'sub_admin',
        outcome: 'failure',
        data: { part, keptHash: before.parts[part].hash, problems: lines.length },
      },
    ]);
  });

  it('stay when the change cannot be recorded', async () => {
    const configuration = await started();
    const before = configuration.current();
    await put('catalog.yaml', CATALOG.replace('id: model:words', 'id: model:poems'));
    ledger.failNext = true;
    await expect(configuration.reload('sub_admin')).rejects.toThrow('the ledger is broken');
    expect(configuration.current()).toBe(before);
    expect((await configuration.reload('sub_admin')).ok).toBe(true);
    expect(configuration.current().resource('model:poems')).not.toBeNull();
  });

  it('that changed while the broker was down are recorded at its start, against what was in force', async () => {
    const before = (await started()).current().parts.policies.hash;
    await newEvents();
    await put('policies/base.cedar', POLICY.replace('Scientists', 'People'));
    await put('policies/.base.cedar.swp.cedar', 'half written');
    const after = (await started()).current().parts.policies.hash;
    expect(await newEvents()).toEqual([
      {
        kind: 'config.changed',
        actor: 'broker',
        outcome: 'success',
        data: { part: 'policies', fromHash: before, toHash: after, added: [], removed: [], changed: ['base.cedar'] },
      },
    ]);
  });

  it('are the files as read last, however many reloads run at once', async () => {
    const configuration = await started();
    const names = ['a', 'b', 'c', 'd'];
    const reloads = names.map(async (name) => {
      await put('catalog.yaml', CATALOG.replace('id: model:words', `id: model:${name}`));
      return configuration.reload('sub_admin');
    });
    await Promise.all(reloads);
    await configuration.reload('sub_admin');
    const now = (await started()).current();
    expect(configuration.current().parts.catalog.hash).toBe(now.parts.catalog.hash);
  });

  it('do not exist when they are not good from the start', async () => {
    await put('policies/base.cedar', 'permit (');
    expect(await create()).toMatchObject({ ok: false, error: { code: 'configuration_refused' } });
    expect(await ledger.events()).toEqual([]);
  });
});
