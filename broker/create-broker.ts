// The composition root: opens every part, brings what a stop cut short to its end, and only then serves.
import type { Config } from '#shared/contracts/config.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { endGroundlessGrants } from './access/end-groundless.ts';
import { reconcile } from './access/reconcile.ts';
import { openChores } from './chores.ts';
import { recordLife } from './broker-records.ts';
import { createConfiguration, type Configuration, type ConfigurationRefused } from './config/configuration.ts';
import type { Gateway } from './gateway/gateway.ts';
import { createSettler } from './erasure/settle.ts';
import { createBrokerApp } from './http/create-broker-app.ts';
import { signInOf } from './http/sign-in.ts';
import { recordIdentity } from './identity/record-identity.ts';
import { proposerOf, type Reload } from './oversight/changes.ts';
import { loadPolicies } from './policy/load-policies.ts';
import { followConfiguration } from './replicas/follow-configuration.ts';
import { followLedger } from './replicas/follow-ledger.ts';
import { settleRestore } from './restore/settle-restore.ts';
import type { LedgerSinks } from './sinks/ledger-sinks.ts';
import { VERSION } from './version.ts';
import type { AccessDeps } from './access/access-deps.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import { openBase } from './open-base.ts';
import { wireAccess } from './wire-access.ts';

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
    othersServe: base.replicas.hasOthers,
    onTrouble: (error) => options.onTrouble(error, 'configuration'),
  });
  if (!configuration.ok) return configuration;
  const { deps, deadlines, gateway, issuers, shared } = await wireAccess(options, base, configuration.value);
  const { config } = options.loaded;

  await gateway.reconcile();
  base.replicas.watch(gateway.reconcile);
  let rulesInForce = configuration.value.settled;
  if (shared !== null) {
    const onTrouble = (error: unknown) => options.onTrouble(error, 'follow ledger');
    const rules = followConfiguration({
      configuration: configuration.value,
      applied: async () => await endGroundlessGrants(deps),
      onTrouble: (error) => options.onTrouble(error, 'configuration'),
    });
    opened.defer(async () => await rules.close());
    rulesInForce = rules.caughtUp;
    const { live } = deps;
    const parts = { ledger: base.ledger, live, credentials: shared, rulesChanged: rules.wake, onTrouble };
    const following = followLedger(parts);
    opened.defer(async () => await following.close());
  }
  opened.defer(async () => await deadlines.close());
  if (base.restored) await settleRestore(deps, issuers);
  const settler = createSettler({ ...deps, erasedList: base.erasedList }, options.onTrouble);
  opened.defer(await settler.keepSettled());
  await reconcile(deps, deadlines);
  opened.defer(issuers.keepSwept());
  if (config.mode === 'embedded')
    await recordIdentity({ ...deps, hashKey: options.keys.keyedHash }, config.identity.embedded);
  await recordLife(deps, 'broker.started', { version: VERSION, mode: deps.directory.mode });
  opened.defer(async () => await recordLife(deps, 'broker.stopped', {}));
  opened.defer(async () => await gateway.close());
  const { sinks, retention, runDue } = await openChores(options, deps, opened);
  const gatewayUrl = await listen(gateway, config);
  const reload = reloadOf(options, deps, configuration.value, sinks);
  const app = createBrokerApp({
    deps,
    reload,
    settleErasures: settler.settle,
    tokens: base.tokens,
    sinks,
    retention,
    probe: gateway.probe,
    confirm: async (credentialId) => await shared?.confirm(credentialId),
    config,
    gatewayUrl,
    rulesInForce,
    rulesBehind: () => configuration.value.behind() !== null,
    signIn: signInOf(config, options.publicUrl),
    onTrouble: options.onTrouble,
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    listenerMetrics: options.listenerMetrics ?? [],
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
      await runDue();
      app.sweep();
    },
    close: async () => await running.disposeAsync(),
  });
}

/** Catalog, policies and the secrets of sinks; grants whose ground is gone end. */
function reloadOf(
  { onTrouble }: BrokerOptions,
  deps: AccessDeps,
  configuration: Configuration,
  sinks: Pick<LedgerSinks, 'reread'>,
): Reload {
  return async (actor) => {
    await sinks.reread().catch((error: unknown) => onTrouble(error, 'sinks'));
    const reloaded = await configuration.reload(actor?.subject ?? 'broker', proposerOf(deps, actor));
    if (reloaded.ok && reloaded.value.heldChange === null) await endGroundlessGrants(deps);
    return reloaded;
  };
}

function configuredPeople(config: Config): Broker['people'] {
  if (config.mode === 'standalone') return [];
  return config.identity.embedded.users.flatMap(({ kind, name, displayName }) =>
    kind === 'person' ? [{ user: name, name: displayName }] : [],
  );
}

/** Listens and gives the base URL. */
async function listen(gateway: Gateway, config: Config): Promise<string> {
  const { host, port } = config.gateway;
  const taken = await gateway.listen({ host, port });
  if (config.mode === 'standalone' && config.gateway.publicUrl !== undefined) return config.gateway.publicUrl;
  const scheme = config.mode === 'standalone' && config.tls !== undefined ? 'https' : 'http';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}
