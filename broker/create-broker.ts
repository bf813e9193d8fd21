// The composition root: opens every part, brings what a stop cut short to its end, and only then serves.
import { createHmac, randomUUID } from 'node:crypto';
import { ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, type Clock } from '#shared/domain/time.ts';
import { createDeadlines, type Deadlines } from './access/deadlines.ts';
import { endGrant } from './access/end.ts';
import { createLiveCredentials } from './access/live-credentials.ts';
import type { AccessDeps } from './access/access-deps.ts';
import { reconcile } from './access/reconcile.ts';
import { recordLife } from './broker-records.ts';
import {
  createConfiguration,
  type Configuration,
  type ConfigurationRefused,
  type Snapshot,
} from './config/configuration.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { BrokerKeys } from './config/read-keys.ts';
import { createGateway } from './gateway/create-gateway.ts';
import { createBrokerApp } from './http/create-broker-app.ts';
import type { Caller } from './identity/caller.ts';
import { createEmbeddedDirectory } from './identity/embedded-directory.ts';
import type { Issuer } from './issuers/issuer.ts';
import { createJwtIssuer } from './issuers/jwt.ts';
import { createLedger } from './ledger/create-ledger.ts';
import type { Ledger } from './ledger/ledger.ts';
import { embeddedIssuerName } from './tokens/issuer-name.ts';
import { loadPolicies } from './policy/load-policies.ts';
import type { BrokerStore } from './store.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
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
  /** Wraps the issuer, as fault injection does. */
  readonly wrapIssuer?: (issuer: Issuer) => Issuer;
};

export type Broker = {
  /** The API. The caller is what the channel proved, never something that the request says. */
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>;
  /** Base URL of the gateway. */
  readonly gatewayUrl: string;
  readonly ledger: Pick<Ledger, 'origin' | 'keyFingerprint' | 'checkpoint' | 'exportTo' | 'settled'>;
  /** Reads catalog and policies again, all or nothing. */
  readonly reload: () => Promise<Result<Snapshot, ConfigurationRefused>>;
  /** Does everything that is due by the clock now; timers do the same by themselves. */
  readonly runDue: () => Promise<void>;
  /** Stops serving, lets running calls end, closes the store. */
  readonly close: () => Promise<void>;
};

/** Starts a broker. Refuses a catalog or policies with problems; throws when store, keys or port are not to be had. */
export async function createBroker(options: BrokerOptions): Promise<Result<Broker, ConfigurationRefused>> {
  const { loaded, store, clock, keys } = options;
  const { config } = loaded;
  const live = createLiveCredentials();
  const ledger = await createLedger({
    store,
    clock,
    ledgerSeed: keys.ledger,
    erasureKey: keys.erasure,
    bootId: randomUUID(),
    onTrouble: (error) => options.onTrouble(error, 'ledger'),
  });
  const issuerName = config.issuer ?? embeddedIssuerName(ledger.keyFingerprint);
  const signingKeys = await createSigningKeys({
    store,
    ledger,
    clock,
    wrappingKey: keys.tokenWrapping,
    maxTokenLifeMs: config.tokens.maxLife,
    jwksCacheMs: config.tokens.jwksCache,
    rotateEveryMs: config.tokens.rotateEvery,
  });
  const tokens = createAccessTokens({
    issuer: issuerName,
    keys: signingKeys,
    clock,
    maxTokenLifeMs: config.tokens.maxLife,
  });
  const configuration = await createConfiguration({
    ...loaded,
    maxTokenLifeMs: config.tokens.maxLife,
    loadPolicies,
    clock,
    store,
    ledger,
  });
  if (!configuration.ok) {
    await ledger.close();
    await store.close();
    return configuration;
  }
  const directory = await createEmbeddedDirectory({
    identity: config.identity.embedded,
    issuer: issuerName,
    store,
    clock,
    hashKey: keys.keyedHash,
  });
  const gateway = createGateway({
    clock,
    store,
    ledger,
    tokens,
    live,
    resource: (id) => configuration.value.current().resource(id),
    catalogFolder: loaded.folder,
    secret: options.secret,
    operationDone: async ({ grantId }) => {
      await endGrant(deps, { grantId, reason: 'operation_done', actor: 'broker', dueAtMs: clock.now() });
    },
  });
  const jwt = createJwtIssuer({ tokens, live, probe: gateway.probe });
  const issuer = options.wrapIssuer?.(jwt) ?? jwt;
  const deadlines: Deadlines = createDeadlines({
    deps: () => deps,
    onError: (error) => options.onTrouble(error, 'deadlines'),
  });
  const deps: AccessDeps = {
    clock,
    store,
    ledger,
    directory,
    live,
    snapshot: configuration.value.current,
    issuer: () => issuer,
    limits: {
      requestLapseMs: config.limits.requestLapse,
      collectLapseMs: config.limits.collectLapse,
      pendingPerSubject: config.limits.pendingPerSubject,
    },
    fingerprint: (secret) => createHmac('sha256', keys.keyedHash).update(`credential\n${secret}`).digest('base64url'),
    deadlinesChanged: deadlines.changed,
  };

  await gateway.reconcile();
  await reconcile(deps, deadlines);
  await recordLife(deps, 'broker.started', { version: VERSION, mode: directory.mode });
  const port = await gateway.listen(config.gateway);
  const gatewayUrl = `http://${config.gateway.host.includes(':') ? `[${config.gateway.host}]` : config.gateway.host}:${port}`;
  const app = createBrokerApp({ deps, tokens, deadlines, config, gatewayUrl, onTrouble: options.onTrouble });
  const keyTimer = setInterval(() => {
    signingKeys.tick().catch((error: unknown) => options.onTrouble(error, 'signing keys'));
  }, MINUTE_MS);
  keyTimer.unref();

  return ok({
    fetch: app.fetch,
    gatewayUrl,
    ledger,
    reload: async () => await reload(configuration.value),
    runDue: deadlines.runDue,
    close: async () => {
      clearInterval(keyTimer);
      app.close();
      await gateway.close();
      await deadlines.close();
      await recordLife(deps, 'broker.stopped', {});
      await ledger.close();
      await store.close();
    },
  });
}

async function reload(configuration: Configuration): Promise<Result<Snapshot, ConfigurationRefused>> {
  return await configuration.reload('broker');
}
