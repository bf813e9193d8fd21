// Puts the API together: events, metrics, proofs, limits and routes behind one fetch.
import type { Metric } from 'prom-client';
import type { Config } from '#shared/contracts/config.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { createEvents } from '#broker/events/events.ts';
import { createOpenReaders } from '#broker/events/open-readers.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { Reload } from '#broker/oversight/changes.ts';
import type { ScimDeps } from '#broker/scim/users.ts';
import type { Retention } from '#broker/retention/retention.ts';
import type { LedgerSinks } from '#broker/sinks/ledger-sinks.ts';
import type { AccessTokens } from '#broker/tokens/access-tokens.ts';
import { createDeviceProofs } from '#broker/tokens/device-proof.ts';
import { createReplayTable } from '#broker/tokens/replay-table.ts';
import { VERSION } from '#broker/version.ts';
import { createApp, type OnCall } from './app.ts';
import { perMinute } from './limits.ts';
import { createMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { createRateLimit } from './rate-limit.ts';
import { createReadiness } from './readiness.ts';
import type { SignIn } from './sign-in.ts';
import { sinkMetrics } from './sink-metrics.ts';

/** Of one subject: several desktops, each with a stream that a broken connection left behind. */
const MOST_EVENT_STREAMS = 16;

const SWEEP_EVERY_MS = 5 * SECOND_MS;

export type BrokerAppOptions = {
  readonly deps: AccessDeps;
  readonly reload: Reload;
  readonly settleErasures: () => Promise<void>;
  readonly tokens: AccessTokens;
  readonly sinks: LedgerSinks;
  readonly retention: Retention;
  /** Asks the gateway whether it would let this credential in now. */
  readonly probe: (credentialId: string) => 'works' | 'refused';
  readonly confirm: (credentialId: string) => Promise<void>;
  readonly config: Config;
  readonly gatewayUrl: string;
  /** Rules are in force that this replica cannot take over. */
  readonly rulesBehind: () => boolean;
  /** Resolves when what the ledger tells of is what this replica decides by, or is known to be behind. */
  readonly rulesInForce: () => Promise<void>;
  readonly signIn: SignIn | null;
  readonly onTrouble: (error: unknown, where: string) => void;
  readonly onCall?: OnCall;
  readonly listenerMetrics: readonly Metric[];
};

export type BrokerApp = {
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>;
  /** Ends the event streams of whoever is disabled or has to prove themselves anew; a timer does the same. */
  readonly sweep: () => void;
  /** From now on `/readyz` says no; calls are still served. */
  readonly drain: () => void;
  /** Refuses new calls, ends every event stream, and waits for the calls that run. */
  readonly close: () => Promise<void>;
};

export function createBrokerApp(options: BrokerAppOptions): BrokerApp {
  const { deps, reload, tokens, probe, confirm, rulesBehind, rulesInForce, config, gatewayUrl, signIn, onTrouble } =
    options;
  const openApi = openApiDocument(VERSION, signIn);
  const closing = new AbortController();
  const openReaders = createOpenReaders(MOST_EVENT_STREAMS);
  const readiness = createReadiness({ ...deps, rulesBehind });
  const app = createApp({
    ...deps,
    reload,
    settleErasures: options.settleErasures,
    tokens,
    sinks: options.sinks,
    retention: options.retention,
    probe,
    confirm,
    events: createEvents(() => deps, rulesInForce),
    openReaders,
    metrics: createMetrics({
      deps: () => deps,
      rulesBehind,
      silentAfterMs: config.limits.silentAfter,
      more: [...options.listenerMetrics, ...sinkMetrics(options.sinks, deps.clock)],
    }),
    rulesBehind,
    silentAfterMs: config.limits.silentAfter,
    recordsKeptMs: config.retention.records ?? null,
    openApi: () => openApi,
    isReady: readiness.isReady,
    onCall: options.onCall ?? (() => undefined),
    resourceUrl: (resource) =>
      deps.snapshot().resource(resource)?.upstream === null
        ? null
        : `${gatewayUrl}/gateway/${resource.replace(':', '/')}/`,
    deviceProofs: createDeviceProofs({
      clock: deps.clock,
      ...(deps.store.shared !== null && { replays: createReplayTable(deps.store.shared, deps.store.read) }),
    }),
    rateLimit: createRateLimit(deps.clock),
    bodyBytes: config.limits.bodyBytes,
    perMinute: (id, dryRun) => perMinute({ ...config.limits, ...config.rateLimits }, id, dryRun),
    signIn,
    accountsOf: accountsOf(config),
    closing: closing.signal,
    jwksCacheMs: config.tokens.jwksCache,
    onError: onTrouble,
  });
  const running = new Set<Promise<Response>>();
  const sweep = (): void => openReaders.sweep(deps.clock.now(), (subject) => deps.directory.find(subject) === null);
  const stopSweeping = sweepOften(deps, sweep);
  return {
    sweep,
    fetch: async (request, caller) => {
      const answer = Promise.resolve(app.fetch(request, { caller }));
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    drain: readiness.drain,
    close: async () => {
      stopSweeping();
      readiness.drain();
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

function accountsOf(config: Config): ScimDeps['accountsOf'] {
  if (config.mode === 'embedded') return null;
  const { issuer, services } = config.identity.oidc;
  return { issuer, services: services.map(({ client }) => client) };
}

/** Embedded, no stream ends by itself, and a laptop is not woken for nothing. */
function sweepOften({ directory }: AccessDeps, sweep: () => void): () => void {
  if (directory.mode === 'embedded') return () => {};
  const timer = setInterval(sweep, SWEEP_EVERY_MS);
  timer.unref();
  const unsubscribe = directory.subscribe(sweep);
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
