// The composition root: opens every part, brings what a stop cut short to its end, and only then serves.
import { createHmac, randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { logSigner } from '#shared/audit/log-key.ts';
import type { Config } from '#shared/contracts/config.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, type Clock } from '#shared/domain/time.ts';
import { createDeadlines, type Deadlines } from './access/deadlines.ts';
import { endGroundlessGrants } from './access/end-groundless.ts';
import { endGrant } from './access/end.ts';
import { createLiveCredentials } from './access/live-credentials.ts';
import { createUnwrittenEnds } from './access/unwritten-ends.ts';
import type { AccessDeps } from './access/access-deps.ts';
import { reconcile } from './access/reconcile.ts';
import { recordLife } from './broker-records.ts';
import {
  createConfiguration,
  type Configuration,
  type ConfigurationRefused,
  type Reloaded,
} from './config/configuration.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { RulesFiles } from './config/load-rules.ts';
import type { BrokerKeys } from './config/read-keys.ts';
import { createGateway, type GatewayOptions } from './gateway/create-gateway.ts';
import type { Gateway, GatewayDeps } from './gateway/gateway.ts';
import type { OnCall } from './http/app.ts';
import { createBrokerApp } from './http/create-broker-app.ts';
import { signInOf } from './http/sign-in.ts';
import type { Caller } from './identity/caller.ts';
import { createDirectory } from './identity/create-directory.ts';
import { fetchIssuerJson, type FetchJson } from './identity/oidc/issuer-fetch.ts';
import type { TokenRefusal } from './identity/oidc/token-refusal.ts';
import { recordIdentity } from './identity/record-identity.ts';
import type { Issuer } from './issuers/issuer.ts';
import { openIssuers, type Issuers } from './issuers/open-issuers.ts';
import { createLedger } from './ledger/create-ledger.ts';
import type { Ledger } from './ledger/ledger.ts';
import { embeddedIssuerName } from './tokens/issuer-name.ts';
import { proposerOf, type Reload } from './oversight/changes.ts';
import { createExaminer } from './oversight/examiner.ts';
import { loadPolicies } from './policy/load-policies.ts';
import { createReplicas, type Replicas } from './replicas/replicas.ts';
import type { BrokerStore } from './store.ts';
import { beginRestore } from './restore/begin-restore.ts';
import { distrustKeys, settleRestore } from './restore/settle-restore.ts';
import { keepWitness } from './restore/witness.ts';
import { createAccessTokens, type AccessTokens } from './tokens/access-tokens.ts';
import { createSigningKeys } from './tokens/signing-keys.ts';
import { VERSION } from './version.ts';

export type BrokerOptions = {
  readonly loaded: LoadedConfig;
  /** Opened with `brokerMigrations`; the broker closes it. */
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly keys: BrokerKeys;
  /** Reads the secret of an upstream. Throws when it cannot. */
  readonly secret: (reference: string) => Promise<string>;
  /** Told of what went wrong and is retried, or what a caller saw as `internal`. Never carries a secret. */
  readonly onTrouble: (error: unknown, where: string) => void;
  /** Where the API of a standalone broker is called; absent: as its configuration says. */
  readonly publicUrl?: string;
  /** Reads a document of the issuer of people's tokens. Absent: over the network. */
  readonly fetchIssuerJson?: FetchJson;
  /** Told why a caller's token was refused, for log and counters. Never carries the token. */
  readonly onRefusedToken?: (reason: TokenRefusal | 'disabled') => void;
  /** Makes the gateway's server and says which names it has; absent: plain HTTP on loopback. */
  readonly gateway?: Pick<GatewayOptions, 'openServer' | 'hostNames' | 'limits'>;
  /** Told of each call of the API once it is known whose it is. */
  readonly onCall?: OnCall;
  /** The store is a restored backup: everything in it ends before anything is served. */
  readonly restored?: boolean;
  /** Where the ledger's newest checkpoint is kept outside the store, to notice a restore that nobody told of. */
  readonly witnessFile?: string;
  /** Wraps the issuer, as fault injection does. */
  readonly wrapIssuer?: (issuer: Issuer) => Issuer;
};

export type Broker = {
  /** The API. The caller is what the channel proved, never something that the request says. */
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>;
  /** Base URL of the gateway. */
  readonly gatewayUrl: string;
  readonly ledger: Pick<Ledger, 'origin' | 'keyFingerprint' | 'checkpoint' | 'exportTo' | 'settled'>;
  /** Configured users of kind person, in the order of the configuration; nobody in mode standalone. */
  readonly people: readonly { readonly user: string; readonly name: string }[];
  /** Reads catalog and policies again, all or nothing. The record says who asked for it. Weaker ones are held. */
  readonly reload: (caller?: Caller) => Promise<Result<Reloaded, ConfigurationRefused>>;
  /** Does everything that is due by the clock now; timers do the same by themselves. */
  readonly runDue: () => Promise<void>;
  /** Ends logins at databases that no grant bears, as after the restore of a backup; gives how many. */
  readonly endOrphans: () => Promise<number>;
  /** From now on `/readyz` says no, so that nobody sends new calls; those that come are served. */
  readonly drain: () => void;
  /** Stops serving, lets running calls end, closes the store. */
  readonly close: () => Promise<void>;
};

/** Starts a broker. Refuses a catalog or policies with problems; throws when store, keys or port are not to be had. */
export async function createBroker(options: BrokerOptions): Promise<Result<Broker, ConfigurationRefused>> {
  // Whatever is opened is closed again in reverse order: when a later step fails, and when the broker is closed.
  await using opened = new AsyncDisposableStack();
  opened.defer(async () => await options.store.close());
  const base = await openBase(options, opened);
  const configuration = await createConfiguration({
    ...base.rules,
    loadPolicies,
    clock: options.clock,
    store: options.store,
    ledger: base.ledger,
    twoPeople: options.loaded.config.mode === 'standalone',
  });
  if (!configuration.ok) return configuration;
  const { deps, deadlines, gateway, issuers } = await wireAccess(options, base, configuration.value);
  const { config } = options.loaded;

  await gateway.reconcile();
  base.replicas.watch(gateway.reconcile);
  opened.defer(async () => await deadlines.close());
  if (base.restored) await settleRestore(deps, issuers);
  await reconcile(deps, deadlines);
  opened.defer(issuers.keepSwept());
  if (config.mode === 'embedded')
    await recordIdentity({ ...deps, hashKey: options.keys.keyedHash }, config.identity.embedded);
  await recordLife(deps, 'broker.started', { version: VERSION, mode: deps.directory.mode });
  opened.defer(async () => await recordLife(deps, 'broker.stopped', {}));
  opened.defer(async () => await gateway.close());
  const examiner = createExaminer(deps, (error) => options.onTrouble(error, 'examiner'));
  opened.defer(async () => await examiner.close());
  const gatewayUrl = await listen(gateway, config);
  const reload: Reload = async (actor) => {
    const reloaded = await configuration.value.reload(actor?.subject ?? 'broker', proposerOf(deps, actor));
    if (reloaded.ok && reloaded.value.heldChange === null) await endGroundlessGrants(deps);
    return reloaded;
  };
  const app = createBrokerApp({
    deps,
    reload,
    tokens: base.tokens,
    probe: gateway.probe,
    config,
    gatewayUrl,
    signIn: signInOf(config, options.publicUrl),
    onTrouble: options.onTrouble,
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
  });
  opened.defer(async () => await app.close());

  const running = opened.move();
  return ok({
    fetch: app.fetch,
    gatewayUrl,
    ledger: base.ledger,
    people: configuredPeople(config),
    reload: async (caller) => {
      const actor = caller === undefined ? null : await deps.directory.authenticate(caller);
      return await reload(actor?.ok === true ? actor.value : null);
    },
    drain: app.drain,
    endOrphans: issuers.endOrphans,
    runDue: async () => {
      await deadlines.runDue();
      await examiner.runDue();
      app.sweep();
    },
    close: async () => await running.disposeAsync(),
  });
}

function configuredPeople(config: Config): Broker['people'] {
  if (config.mode === 'standalone') return [];
  return config.identity.embedded.users.flatMap(({ kind, name, displayName }) =>
    kind === 'person' ? [{ user: name, name: displayName }] : [],
  );
}

type Base = {
  /** A restore is to be settled before anything is served. */
  readonly restored: boolean;
  readonly replicas: Replicas;
  readonly ledger: Ledger;
  readonly tokens: AccessTokens;
  readonly rules: Omit<RulesFiles, 'loadPolicies'>;
};

/** The parts that need only store, clock and keys: the ledger first, since everything is recorded in it. */
async function openBase(options: BrokerOptions, opened: AsyncDisposableStack): Promise<Base> {
  const { loaded, store, clock, keys, onTrouble } = options;
  const { tokens: life, issuer } = loaded.config;
  const bootId = randomUUID();
  const signer = logSigner(keys.ledger);
  const witnessFile = options.witnessFile ?? null;
  const restored = await beginRestore({
    store,
    clock,
    signer,
    bootId,
    restored: options.restored ?? false,
    witnessFile,
  });
  const ledger = await createLedger({
    store,
    clock,
    ledgerSeed: keys.ledger,
    erasureKey: keys.erasure,
    bootId,
    onTrouble: (error) => onTrouble(error, 'ledger'),
  });
  opened.defer(async () => await ledger.close());
  if (witnessFile !== null) {
    const witness = keepWitness(ledger, witnessFile, (error) => onTrouble(error, 'witness'));
    opened.defer(async () => await witness.close());
  }
  if (restored) await distrustKeys(store, ledger, clock);
  const replicas = await createReplicas({ store, onTrouble: (error) => onTrouble(error, 'replicas') });
  opened.defer(async () => await replicas.close());
  const signingKeys = await createSigningKeys({
    store,
    ledger,
    clock,
    wrappingKey: keys.tokenWrapping,
    maxTokenLifeMs: life.maxLife,
    jwksCacheMs: life.jwksCache,
    rotateEveryMs: life.rotateEvery,
  });
  const rotation = setInterval(() => {
    signingKeys.tick().catch((error: unknown) => onTrouble(error, 'signing keys'));
  }, MINUTE_MS);
  rotation.unref();
  opened.defer(() => clearInterval(rotation));
  const tokens = createAccessTokens({
    issuer: issuer ?? embeddedIssuerName(ledger.keyFingerprint),
    keys: signingKeys,
    clock,
    maxTokenLifeMs: life.maxLife,
  });
  return { restored, ledger, tokens, replicas, rules: { ...loaded, maxTokenLifeMs: life.maxLife } };
}

type Access = {
  readonly deps: AccessDeps;
  readonly deadlines: Deadlines;
  readonly gateway: Gateway;
  readonly issuers: Issuers;
};

/** Requests, grants and the gateway need each other: the gateway ends grants, and ending asks the gateway. */
async function wireAccess(
  options: BrokerOptions,
  { ledger, tokens, replicas }: Base,
  configuration: Configuration,
): Promise<Access> {
  const { loaded, store, clock, keys } = options;
  const live = createLiveCredentials();
  const gatewayDeps: GatewayDeps = {
    clock,
    store,
    ledger,
    tokens,
    live,
    replicas,
    resource: (id) => configuration.current().resource(id),
    catalogFolder: dirname(loaded.catalogFile),
    secret: options.secret,
    operationDone: async ({ grantId }) => {
      await endGrant(deps, { grantId, reason: 'operation_done', actor: 'broker', dueAtMs: clock.now() });
    },
  };
  const gateway = createGateway(gatewayDeps, options.gateway);
  const issuers = openIssuers({
    ...gatewayDeps,
    probe: gateway.probe,
    issuerName: tokens.issuer,
    resources: () => configuration.current().resources(),
    stepLimitMs: loaded.config.limits.issuerTimeout,
    wrap: options.wrapIssuer ?? ((issuer) => issuer),
    onTrouble: options.onTrouble,
  });
  const deadlines = createDeadlines({ deps: () => deps, onError: (error) => options.onTrouble(error, 'deadlines') });
  const { requestLapse, collectLapse, pendingPerSubject } = loaded.config.limits;
  const deps: AccessDeps = {
    clock,
    store,
    ledger,
    directory: await createDirectory(loaded.config, {
      issuer: tokens.issuer,
      store,
      ledger,
      clock,
      hashKey: keys.keyedHash,
      onTrouble: options.onTrouble,
      fetchJson: options.fetchIssuerJson ?? fetchIssuerJson,
      onRefused: options.onRefusedToken,
    }),
    live,
    unwrittenEnds: createUnwrittenEnds(),
    snapshot: configuration.current,
    issuer: issuers.of,
    limits: {
      requestLapseMs: requestLapse,
      collectLapseMs: collectLapse,
      pendingPerSubject,
      approvals: loaded.config.approvals,
    },
    fingerprint: (secret) => createHmac('sha256', keys.keyedHash).update(`credential\n${secret}`).digest('base64url'),
    deadlinesChanged: deadlines.changed,
  };
  return { deps, deadlines, gateway, issuers };
}

/** Listens and gives the base URL. */
async function listen(gateway: Gateway, config: Config): Promise<string> {
  const { host, port } = config.gateway;
  const taken = await gateway.listen({ host, port });
  if (config.mode === 'standalone' && config.gateway.publicUrl !== undefined) return config.gateway.publicUrl;
  const scheme = config.mode === 'standalone' && config.tls !== undefined ? 'https' : 'http';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}
