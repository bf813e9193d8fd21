// The broker of an audit torture, run as a process of its own and killed at any moment: the real routes, ledger, store
// and restore; only who calls is taken at their word. It has records of its own to write, too.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logSigner } from '#shared/audit/log-key.ts';
import { ok } from '#shared/domain/result.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { type AppDeps, createApp } from '#broker/http/app.ts';
import { createRateLimit } from '#broker/http/rate-limit.ts';
import type { Authenticated, Directory } from '#broker/identity/directory.ts';
import { createLedger } from '#broker/ledger/create-ledger.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import { beginRestore } from '#broker/restore/begin-restore.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createDeviceProofs } from '#broker/tokens/device-proof.ts';
import { numberedEvent } from '#test/broker/ledger/sample-events.ts';
import { openBrokerSinks, settleSinks } from './broker-sinks.ts';
import { beChild, writeOn } from './child.ts';
import type { ToldBroker } from './told.ts';

const LONGEST_PAUSE_MS = 40;

const child = beChild<ToldBroker>();
const { told, clock, say } = child;
const { bootId } = told;
const trouble = (error: unknown): void => say({ kind: 'trouble', text: String(error) });
const keys = JSON.parse(readFileSync(told.keyFile, 'utf8')) as { ledger: string; erasure: string };
const ledgerSeed = Buffer.from(keys.ledger, 'hex');

const store = await openStore();
await settleRestore();
const ledger = await createLedger({
  store,
  clock,
  ledgerSeed,
  erasureKey: Buffer.from(keys.erasure, 'hex'),
  bootId,
  onTrouble: trouble,
});

function isPrincipal(name: string): Authenticated {
  const person = { subject: `sub_${name}`, person: name, kind: 'person', name, roles: [], teams: [] } as const;
  const facts = { contractor: null, zoneinfo: null, authenticatedAtMs: null, admin: false } as const;
  return { ...person, ...facts, provenance: 'asserted', token: null };
}

const directory: Pick<Directory, 'authenticate'> = {
  authenticate: async (caller) => {
    const principal = isPrincipal(caller.kind === 'embedded' ? caller.user : 'nobody');
    // Who enrols a device does so before the torture.
    if (told.rests) await remember(principal.subject);
    return ok(principal);
  },
};
const needed = {
  store,
  ledger,
  clock,
  directory,
  deviceProofs: createDeviceProofs({ clock }),
  rateLimit: createRateLimit(clock),
  bodyBytes: 65_536,
  perMinute: () => 1_000_000,
  closing: new AbortController().signal,
  onError: (error: unknown, where: string) => trouble(`${where}: ${String(error)}`),
  onCall: () => undefined,
};
// The routes of the audit need no more of a broker; another one would throw, which nobody calls here.
const app = createApp(needed as unknown as AppDeps);

const server = createServer((incoming, outgoing) => {
  // Whoever called is gone, or is killed: it asks again.
  answer(incoming, outgoing).catch(() => outgoing.destroy());
});
server.listen(0, '127.0.0.1', () => say({ kind: 'ready', port: (server.address() as AddressInfo).port }));

const sinks = await openBrokerSinks({ store, ledger, clock, onTrouble: trouble }, told.sinks);

child.onOrder((order) => {
  if (order.kind === 'deliver') {
    settleSinks(sinks, { ledger }).then(() => say({ kind: 'delivered' }), trouble);
    return;
  }
  const { folder } = order;
  ledger.exportTo(folder).then(
    (records) => say({ kind: 'exported', records, problem: null }),
    (error: unknown) => say({ kind: 'exported', records: 0, problem: String(error) }),
  );
});
if (!told.rests)
  await writeOn(child, LONGEST_PAUSE_MS, async (numbers) => {
    await store.transaction(async (tx) => {
      for (const number of numbers) await ledger.append(tx, numberedEvent(number));
    });
  });

async function remember(id: string): Promise<void> {
  const row = { id, issuer: 'torture', external_id: id, created_at_ms: clock.now() };
  await store.transaction(async (tx) => {
    await tx
      .insertInto('subjects')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function openStore(): Promise<BrokerStore> {
  const migrations = brokerMigrations;
  if (told.store.kind === 'sqlite') return await openSqlite<Tables>({ path: told.store.path, migrations });
  // Only where it is used: it takes its time to load, at each of many starts.
  const { openPostgres } = await import('#shared/store/postgres.ts');
  return await openPostgres<Tables>({ url: told.store.url, migrations });
}

/** There are no grants here that a restore would have to be settled for. */
async function settleRestore(): Promise<void> {
  const parts = { store, clock, signer: logSigner(ledgerSeed), previous: [], bootId, witnessFile: null };
  if (!(await beginRestore({ ...parts, restored: told.restored }))) return;
  await store.transaction(async (tx) => {
    await tx.updateTable('restores').set({ settled_at_ms: clock.now() }).execute();
  });
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // A stream without an encoding gives buffers.
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers.set(name, value);
  const { method = 'GET', url = '/' } = incoming;
  const body = method === 'GET' ? null : Buffer.concat(chunks);
  const user = /^Bearer (\S+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? 'nobody';
  const request = new Request(new URL(url, told.url), { method, headers, body });
  const response = await app.fetch(request, { caller: { kind: 'embedded', user } });
  const bytes = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(bytes);
}
