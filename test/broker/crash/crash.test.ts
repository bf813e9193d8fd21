// Kill -9 at every step of a check-out and its end, then start again on the same file: reconciled before serving.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '#broker/clock.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import type { Broker } from '#broker/broker.ts';
import { createBroker } from '#broker/create-broker.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { BASE_URL, createHandClock, expectOk, type HandClock } from '#test/support/broker-world.ts';
import { faultsInBooks } from '#test/support/check-books.ts';
import { CONFIG } from '#test/support/world-files.ts';
import { deviceLog, IDS, readDevice, readKeys, WISHES, writeKeys, type Told, type WishName } from './scenario.ts';

const CHILD = new URL('child.ts', import.meta.url).pathname;
const CHILD_LIMIT_MS = 40_000;

async function makeFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-crash-'));
  for (const part of ['catalog.yaml', 'policies', 'data'])
    cpSync(new URL(`../../../examples/solo/${part}`, import.meta.url), join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'daypass.yaml'), CONFIG);
  await writeKeys(folder);
  return folder;
}

/** Runs the child until it says that it stands at the point, or is done; kills it; gives all that it told. */
async function killAt(folder: string, point: string): Promise<readonly Told[]> {
  const child = spawn(process.execPath, [CHILD, folder, point], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told: Told[] = [];
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const tooLong = setTimeout(() => child.kill('SIGKILL'), CHILD_LIMIT_MS);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const one = JSON.parse(line) as Told;
    told.push(one);
    if (one.kind === 'done' || (one.kind === 'stopped' && one.point === point)) child.kill('SIGKILL');
  }
  await exited;
  clearTimeout(tooLong);
  const last = told.at(-1)?.kind;
  if (last !== 'stopped' && last !== 'done') throw new Error(`the child broke at ${point}: ${complaint}`);
  return told;
}

/** What a killed broker left: the test's folder, and the folder in it that has the database. */
type Left = { readonly folder: string; readonly state: string };

type Started = {
  readonly broker: Broker;
  readonly store: BrokerStore;
  readonly clock: HandClock;
  readonly as: (user: string) => Promise<BrokerClient>;
  readonly troubles: readonly string[];
};

async function startAgain({ folder, state }: Left, atMs: number): Promise<Started> {
  const clock = createHandClock(atMs);
  const store = await openSqlite<Tables>({
    path: join(folder, state, 'broker.sqlite'),
    migrations: brokerMigrations,
  });
  const troubles: string[] = [];
  const loaded = expectOk(parseConfig({ file: join(folder, 'daypass.yaml'), text: CONFIG }));
  const created = await createBroker({
    loaded,
    store,
    clock,
    keys: readKeys(folder),
    secret: (reference) => Promise.reject(new Error(`no secret ${reference} here`)),
    onTrouble: (error, where) => troubles.push(`${where}: ${String(error)}`),
  });
  const broker = expectOk(created);
  const deviceKey = await readDevice(folder);
  const as = async (user: string): Promise<BrokerClient> => {
    const fetch = async (request: Request): Promise<Response> =>
      await broker.fetch(request, { kind: 'embedded', user });
    const client = createBrokerClient({ fetch, baseUrl: BASE_URL, deviceKey, clock });
    expectOk(await client.enrolDevice());
    return client;
  };
  return { broker, store, clock, as, troubles };
}

async function opens({ broker }: Started, resource: string, secret: string): Promise<boolean> {
  const file = { 'dataset:penguins': 'penguins.csv' }[resource] ?? 'legislators.csv';
  const response = await fetch(`${broker.gatewayUrl}/gateway/${resource.replace(':', '/')}/${file}`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  await response.arrayBuffer();
  return response.status === 200;
}

async function faults(folder: string, { broker, store }: Started): Promise<readonly string[]> {
  const personOf = (user: string): string => ({ sam2: 'sam', ana2: 'ana' })[user] ?? user;
  return await faultsInBooks({ store, ledger: broker.ledger, ledgerSeed: readKeys(folder).ledger, personOf });
}

/** The moment that `createBroker` gave the broker: nothing is cut short, overdue or alive without a grant. */
async function isReconciled({ store, clock }: Started): Promise<void> {
  const grants = await store.read.selectFrom('grants').selectAll().execute();
  for (const grant of grants) {
    expect(['activating', 'active', 'ended']).toContain(grant.state);
    if (grant.state === 'ended') continue;
    expect(grant.ends_at_ms).toBeGreaterThan(clock.now());
    if (grant.state === 'activating') expect(grant.activate_by_ms).toBeGreaterThan(clock.now());
  }
  const due = await store.read
    .selectFrom('requests')
    .select('id')
    .where('state', 'in', ['pending', 'approved'])
    .where('lapses_at_ms', '<=', clock.now())
    .execute();
  expect(due).toEqual([]);
}

/** What the child was answered before it died is true after the start, and nothing else opens anything. */
async function keepsItsWord(started: Started, told: readonly Told[]): Promise<void> {
  const { store } = started;
  const grants = await store.read.selectFrom('grants').selectAll().execute();
  const credentials = await store.read.selectFrom('credentials').selectAll().execute();
  for (const one of told) {
    if (one.kind === 'submitted' || one.kind === 'answered') {
      const row = await store.read.selectFrom('requests').select('state').where('id', '=', one.requestId).execute();
      expect(row).toHaveLength(1);
      if (one.kind === 'answered') expect(['approved', 'fulfilled']).toContain(row[0]?.state);
    }
    if (one.kind === 'released') expect(grants.find(({ id }) => id === one.grantId)?.state).toBe('ended');
    if (one.kind !== 'collected') continue;
    const grant = grants.find(({ id }) => id === one.grantId);
    const isLive =
      grant?.state === 'active' && credentials.find(({ id }) => id === one.credentialId)?.state === 'issued';
    expect(await opens(started, grant?.resource ?? '', one.secret)).toBe(isLive);
  }
}

/** What a desktop was told that it is there is there, and the ledger has the head on record that the log has. */
async function keepsTheLog({ store, broker }: Started, told: readonly Told[]): Promise<void> {
  const next = Math.max(0, ...told.map((one) => (one.kind === 'appended' ? one.next : 0)));
  const records = await store.read.selectFrom('desktop_records').select('sequence').orderBy('sequence').execute();
  expect(records.map(({ sequence }) => Number(sequence))).toEqual(records.map((_, index) => index));
  expect(records.length).toBeGreaterThanOrEqual(next);
  await broker.ledger.settled();
  const heads = await store.read.selectFrom('desktop_epochs').select(['size', 'root']).execute();
  const onRecord = await store.read
    .selectFrom('ledger_records')
    .select('canonical')
    .where('kind', '=', 'audit.appended')
    .orderBy('sequence', 'desc')
    .limit(1)
    .execute();
  const recorded = onRecord.map(
    ({ canonical }) => JSON.parse(canonical).unmapped.data as { size: number; root: string },
  );
  expect(recorded.map(({ size, root }) => ({ size, root }))).toEqual(heads);
  expect(Number(heads[0]?.size ?? 0)).toBe(records.length);
}

async function appendsAgain(folder: string, { as }: Started): Promise<void> {
  const ana = await as('ana');
  const log = deviceLog(await readDevice(folder));
  expect(expectOk(await ana.appendAudit(await log.batch(0, 2))).next).toBeGreaterThanOrEqual(2);
  expect(expectOk(await ana.appendAudit(await log.batch(0, 3))).next).toBe(3);
}

/** The desktop does again what it does not know the answer of, with the ids that it wrote down before. */
async function doesItAgain(started: Started, told: readonly Told[]): Promise<void> {
  const ana = await started.as('ana');
  for (const name of ['first', 'people'] as const) {
    const request = expectOk(await ana.submit(WISHES[name], IDS[name].key));
    const before = told.find((one) => one.kind === 'submitted' && one.name === name);
    if (before?.kind === 'submitted') expect(request.id).toBe(before.requestId);
    if (request.state === 'pending') {
      const jo = await started.as('jo');
      expectOk(await jo.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash }));
    }
    await collectsAgain(started, ana, name, request.id);
  }
}

async function collectsAgain(started: Started, ana: BrokerClient, name: WishName, requestId: string): Promise<void> {
  const { grantId } = expectOk(await ana.request(requestId));
  const { grants } = expectOk(await ana.grants());
  const grant = grants.find(({ id }) => id === grantId);
  const collected = await ana.collect(requestId, IDS[name].collectId);
  if (grant?.state === 'ended')
    return expect(collected).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
  const { credential, grant: held } = expectOk(collected);
  if (grant !== undefined) expect([held.id, held.endsAt]).toEqual([grant.id, grant.endsAt]);
  expect(await opens(started, WISHES[name].resource, credential.secret)).toBe(true);
  expect(await ana.collect(requestId, 'another-collect-id')).toMatchObject({ ok: false });
}

async function recovers(left: Left, told: readonly Told[]): Promise<void> {
  const nowMs = createSystemClock().now();
  const soon = await startAgain(left, nowMs + 1000);
  await isReconciled(soon);
  expect(await faults(left.folder, soon)).toEqual([]);
  await keepsItsWord(soon, told);
  await keepsTheLog(soon, told);
  await doesItAgain(soon, told);
  await appendsAgain(left.folder, soon);
  await keepsTheLog(soon, told);
  expect(await faults(left.folder, soon)).toEqual([]);
  expect(soon.troubles).toEqual([]);
  await soon.broker.close();
}

/** Started again only long after: everything is overdue, and nothing of it works. */
async function recoversLate(left: Left, told: readonly Told[]): Promise<void> {
  const late = await startAgain(left, createSystemClock().now() + 40 * HOUR_MS);
  await isReconciled(late);
  const open = await late.store.read.selectFrom('grants').select('id').where('state', '!=', 'ended').execute();
  expect(open).toEqual([]);
  for (const one of told)
    if (one.kind === 'collected') expect(await opens(late, 'dataset:penguins', one.secret)).toBe(false);
  expect(await faults(left.folder, late)).toEqual([]);
  expect(late.troubles).toEqual([]);
  await late.broker.close();
}

async function saying<T>(point: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`killed at ${point}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

describe('a broker that is killed', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    // Of the transactions the named ones: those of the first start, the first request, and the way to its end.
    'committed:1',
    'written:12',
    'issue:1',
    'issued:1',
    'issue:2',
    'issued:3',
    'revoke:1',
    'revoked:2',
    'committed:30',
    'written:44',
    'nowhere',
  ])('with SIGKILL at %s starts again reconciled', async (point) => {
    const told = await killAt(folder, point);
    if (point !== 'nowhere') expect(told.at(-1)).toEqual({ kind: 'stopped', point });
    await recovers({ folder, state: 'state' }, told);
    await recoversLate({ folder, state: 'state' }, told);
  });

  it('before or after any of its transactions and issuer calls starts again reconciled', async () => {
    const told = await killAt(folder, 'every');
    const points = told.flatMap((one) => (one.kind === 'stopped' ? [one.point] : []));
    expect(points.length).toBeGreaterThan(80);
    for (const [index, point] of points.entries()) {
      const left = { folder, state: join('at', point) };
      const known = told.slice(
        0,
        told.findIndex((one) => one.kind === 'stopped' && one.point === point),
      );
      // What is written but not committed leaves what the commit before it left: a sample of it is enough.
      if (point.startsWith('written:') && index % 5 !== 0) continue;
      await saying(point, async () => await (index % 3 === 0 ? recoversLate : recovers)(left, known));
    }
  }, 300_000);
});
