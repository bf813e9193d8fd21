// A real broker on a file, with the system's clock, that goes through a whole check-out and then waits. At a point
// that its parent names it says so and stands still, to be killed there. Told `every`, it goes on and leaves at each
// point a copy of the database files as they are: what a kill there would leave. All answers are told to the parent.
import { cpSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createSystemClock } from '#broker/clock.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { createBroker } from '#broker/create-broker.ts';
import type { Issuer } from '#broker/issuers/issuer.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { BASE_URL, expectOk } from '#test/support/broker-world.ts';
import { BATCHES, deviceLog, IDS, readDevice, readKeys, WISHES, type Told, type WishName } from './scenario.ts';

const [folder = '', point = ''] = process.argv.slice(2);
// It is killed before it would leave to the next one what Node compiled.
flushCompileCache();
const counts = new Map<string, number>();

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** Counts that this step was reached; at the named point says so and never goes on. */
async function pass(step: string): Promise<void> {
  const count = (counts.get(step) ?? 0) + 1;
  counts.set(step, count);
  const here = `${step}:${count}`;
  if (point === 'every') cpSync(join(folder, 'state'), join(folder, 'at', here), { recursive: true });
  if (point !== here && point !== 'every') return;
  tell({ kind: 'stopped', point: here });
  if (point === here) await new Promise(() => undefined);
}

function stopping(store: BrokerStore): BrokerStore {
  return {
    ...store,
    transaction: async (work) => {
      const done = await store.transaction(async (tx) => {
        const value = await work(tx);
        // Written, but not committed.
        await pass('written');
        return value;
      });
      await pass('committed');
      return done;
    },
  };
}

function stoppingIssuer(issuer: Issuer): Issuer {
  return {
    ...issuer,
    issue: async (order) => {
      await pass('issue');
      const issued = await issuer.issue(order);
      await pass('issued');
      return issued;
    },
    revoke: async (credentialId) => {
      await pass('revoke');
      await issuer.revoke(credentialId);
      await pass('revoked');
    },
  };
}

async function start(): Promise<(user: string) => BrokerClient> {
  const file = join(folder, 'daypass.yaml');
  const clock = createSystemClock();
  const store = await openSqlite<Tables>({
    path: join(folder, 'state', 'broker.sqlite'),
    migrations: brokerMigrations,
  });
  const created = await createBroker({
    loaded: expectOk(parseConfig({ file, text: readFileSync(file, 'utf8') })),
    store: stopping(store),
    clock,
    keys: readKeys(folder),
    secret: (reference) => Promise.reject(new Error(`no secret ${reference} here`)),
    onTrouble: (error, where) => tell({ kind: 'trouble', where, message: String(error) }),
    wrapIssuer: stoppingIssuer,
  });
  const broker = expectOk(created);
  const deviceKey = await readDevice(folder);
  return (user) =>
    createBrokerClient({
      fetch: async (request) => await broker.fetch(request, { kind: 'embedded', user }),
      baseUrl: BASE_URL,
      deviceKey,
      clock,
    });
}

async function collect(client: BrokerClient, requestId: string, collectId: string): Promise<string> {
  const { grant, credential } = expectOk(await client.collect(requestId, collectId));
  const { id, secret } = credential;
  tell({ kind: 'collected', collectId, requestId, grantId: grant.id, endsAt: grant.endsAt, credentialId: id, secret });
  return grant.id;
}

async function submit(client: BrokerClient, name: WishName, more = {}): Promise<string> {
  const request = expectOk(await client.submit({ ...WISHES[name], ...more }, IDS[name].key));
  tell({ kind: 'submitted', name, requestId: request.id });
  return request.id;
}

async function release(client: BrokerClient, grantId: string): Promise<void> {
  const { state } = expectOk(await client.release(grantId));
  tell({ kind: 'released', grantId, state });
}

async function appendLog(client: BrokerClient): Promise<void> {
  const log = deviceLog(await readDevice(folder));
  let from = 0;
  for (const to of BATCHES) {
    const { next } = expectOk(await client.appendAudit(await log.batch(from, to)));
    tell({ kind: 'appended', next });
    from = next;
  }
}

async function play(as: (user: string) => BrokerClient): Promise<void> {
  const ana = as('ana');
  expectOk(await ana.enrolDevice());
  const first = await submit(ana, 'first');
  const grant = await collect(ana, first, IDS.first.collectId);
  await collect(ana, first, IDS.first.collectId);
  const extension = await submit(ana, 'extension', { extends: grant });
  const extended = await collect(ana, extension, IDS.extension.collectId);
  await release(ana, grant);
  const people = await submit(ana, 'people');
  const jo = as('jo');
  const { scopeHash } = expectOk(await jo.request(people));
  expectOk(await jo.answer(people, { answer: 'approve', scopeHash }));
  tell({ kind: 'answered', requestId: people });
  await collect(ana, people, IDS.people.collectId);
  await release(ana, extended);
  await appendLog(ana);
}

await play(await start());
tell({ kind: 'done', counts: Object.fromEntries(counts) });
setInterval(() => undefined, 1000);
