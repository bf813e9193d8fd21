// A whole gateway on real parts for tests and benchmarks: SQLite store, signed tokens, live credentials, a listener.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLiveCredentials, type LiveCredential, type LiveCredentials } from '#broker/access/live-credentials.ts';
import { catalogHash } from '#broker/config/catalog.ts';
import { createGateway, type GatewayOptions } from '#broker/gateway/create-gateway.ts';
import type { Gateway } from '#broker/gateway/gateway.ts';
import { gatewayMigrations } from '#broker/gateway/tables.ts';
import { newId } from '#broker/ids.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import { createReplicas, type Replicas } from '#broker/replicas/replicas.ts';
import { replicaMigrations } from '#broker/replicas/tables.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createAccessTokens, type AccessTokens } from '#broker/tokens/access-tokens.ts';
import { resourceSchema, type Resource } from '#shared/contracts/catalog.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import { openTestStore } from './test-store.ts';
import { fixedKeys, makeKey, MAX_LIFE_MS } from '#test/broker/tokens/fixed-keys.ts';
import { createTableLedger, tableLedgerMigrations, type TableLedger } from './table-ledger.ts';

/** The real clock, which a test can set forward. */
export type ShiftedClock = { readonly now: () => number; shiftMs: number };

export type GatewayWorld = {
  readonly gateway: Gateway;
  readonly port: number;
  readonly folder: string;
  readonly store: BrokerStore;
  readonly ledger: TableLedger;
  readonly tokens: AccessTokens;
  readonly live: LiveCredentials;
  readonly replicas: Replicas;
  /** What is live is known to memory alone. */
  readonly shared: null;
  readonly clock: ShiftedClock;
  readonly resources: Map<string, Resource>;
  readonly secrets: Map<string, string>;
  readonly operationsDone: string[];
  /** The next so many `operationDone` calls fail. */
  readonly failOperations: (count: number) => void;
  /** A live credential and its token; fields of the credential can be chosen. */
  readonly grant: (
    over?: Partial<LiveCredential>,
  ) => Promise<{ readonly token: string; readonly credential: LiveCredential }>;
  readonly close: () => Promise<void>;
};

export type WorldOptions = GatewayOptions & {
  /** Catalog entries as they are written; what is missing is filled in. */
  readonly resources?: readonly Record<string, unknown>[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the database lies; absent: one that need not survive. */
  readonly databasePath?: string;
  /** Another ledger than the table of events, with the migrations that it needs. */
  readonly ledger?: {
    readonly migrations: Migrations;
    readonly open: (store: BrokerStore, clock: Clock) => Promise<Ledger>;
  };
};

/** A catalog entry with sensible defaults: a folder `files` that `read` may GET and HEAD. */
export function entry(over: Record<string, unknown> = {}): Resource {
  return resourceSchema.parse({
    id: 'dataset:penguins',
    name: 'Penguins',
    sensitivity: 'internal',
    owners: ['team'],
    actions: { read: [{ methods: ['GET', 'HEAD'], paths: ['/*'] }] },
    maxDuration: 'P1D',
    upstream: { kind: 'folder', path: 'files' },
    ...over,
  });
}

export async function openGatewayWorld(options: WorldOptions = {}): Promise<GatewayWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-gateway-'));
  mkdirSync(join(folder, 'files'));
  const clock: ShiftedClock = { shiftMs: 0, now: () => Date.now() + clock.shiftMs };
  const store: BrokerStore = await openTestStore<Tables>({
    path: options.databasePath ?? ':memory:',
    migrations: { ...gatewayMigrations, ...replicaMigrations, ...tableLedgerMigrations, ...options.ledger?.migrations },
  });
  const ledger = createTableLedger(() => store);
  const otherLedger = await options.ledger?.open(store, clock);
  const keys = fixedKeys([await makeKey()], clock);
  const tokens = createAccessTokens({ issuer: 'urn:daypass:test', keys, clock, maxTokenLifeMs: MAX_LIFE_MS });
  const live = createLiveCredentials();
  const replicas = await createReplicas({ store, onTrouble: () => undefined });
  const resources = new Map(
    (options.resources ?? [{}]).map((over) => entry(over)).map((resource) => [resource.id, resource]),
  );
  const secrets = new Map(Object.entries(options.secrets ?? {}));
  const operationsDone: string[] = [];
  let failures = 0;
  const gateway = createGateway(
    {
      clock,
      store,
      ledger: otherLedger ?? ledger,
      tokens,
      live,
      replicas,
      shared: null,
      resource: (id) => resources.get(id) ?? null,
      catalogFolder: folder,
      secret: async (reference) => {
        const secret = secrets.get(reference);
        if (secret === undefined) throw new Error('no such secret');
        return secret;
      },
      operationDone: async (credential) => {
        failures -= 1;
        if (failures >= 0) throw new Error('not now');
        operationsDone.push(credential.credentialId);
        live.remove(credential.credentialId);
      },
    },
    options,
  );
  await gateway.reconcile();
  const port = await gateway.listen({ host: '127.0.0.1', port: 0 });

  async function grant(over: Partial<LiveCredential> = {}): Promise<{ token: string; credential: LiveCredential }> {
    const known = resources.get(over.resource ?? [...resources.keys()][0] ?? '');
    const credential: LiveCredential = {
      catalogHash: known === undefined ? '' : catalogHash(known),
      credentialId: newId('crd'),
      grantId: newId('grt'),
      requestId: newId('req'),
      subject: newId('sub'),
      resource: [...resources.keys()][0] ?? '',
      actions: ['read'],
      endsAtMs: clock.now() + 3_600_000,
      endsWithOperation: false,
      ...over,
    };
    const { credentialId, grantId, subject, resource, actions, endsAtMs } = credential;
    const order = {
      credentialId,
      grantId,
      subject,
      resource,
      actions,
      endsAtMs: Math.max(endsAtMs, clock.now() + 60_000),
    };
    const token = await tokens.sign({
      ...order,
      device: 'device',
      startsAtMs: clock.now(),
      policyHash: 'ab'.repeat(32),
    });
    live.add(credential);
    return { token, credential };
  }

  async function close(): Promise<void> {
    await gateway.close();
    await otherLedger?.close();
    await replicas.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }

  return {
    gateway,
    port,
    folder,
    store,
    ledger,
    tokens,
    live,
    replicas,
    shared: null,
    clock,
    resources,
    secrets,
    operationsDone,
    failOperations: (count) => void (failures = count),
    grant,
    close,
  };
}
