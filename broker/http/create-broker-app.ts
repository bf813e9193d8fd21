// Puts the API together: events, metrics, proofs, limits and routes behind one fetch.
import type { Config } from '#shared/contracts/config.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { createEvents } from '#broker/events/events.ts';
import { createOpenReaders } from '#broker/events/open-readers.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { Reload } from '#broker/oversight/changes.ts';
import type { AccessTokens } from '#broker/tokens/access-tokens.ts';
import { createDeviceProofs } from '#broker/tokens/device-proof.ts';
import { VERSION } from '#broker/version.ts';
import { createApp } from './app.ts';
import { perMinute } from './limits.ts';
import { createMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { createRateLimit } from './rate-limit.ts';
import type { SignIn } from './sign-in.ts';

/** Of one subject: several desktops, each with a stream that a broken connection left behind. */
const MOST_EVENT_STREAMS = 16;

export type BrokerAppOptions = {
  readonly deps: AccessDeps;
  readonly reload: Reload;
  readonly tokens: AccessTokens;
  /** Asks the gateway whether it would let this credential in now. */
  readonly probe: (credentialId: string) => 'works' | 'refused';
  readonly config: Config;
  readonly gatewayUrl: string;
  readonly signIn: SignIn | null;
  readonly onTrouble: (error: unknown, where: string) => void;
};

export type BrokerApp = {
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>;
  /** Refuses new calls, ends every event stream, and waits for the calls that run. */
  readonly close: () => Promise<void>;
};

export function createBrokerApp(options: BrokerAppOptions): BrokerApp {
  const { deps, reload, tokens, probe, config, gatewayUrl, signIn, onTrouble } = options;
  const openApi = openApiDocument(VERSION);
  const closing = new AbortController();
  const app = createApp({
    ...deps,
    reload,
    tokens,
    probe,
    events: createEvents(() => deps),
    openReaders: createOpenReaders(MOST_EVENT_STREAMS),
    metrics: createMetrics(() => deps),
    openApi: () => openApi,
    isReady: async () => await canWrite(deps),
    resourceUrl: (resource) => `${gatewayUrl}/gateway/${resource.replace(':', '/')}/`,
    deviceProofs: createDeviceProofs({ clock: deps.clock }),
    rateLimit: createRateLimit(deps.clock),
    bodyBytes: config.limits.bodyBytes,
    perMinute: (id, dryRun) => perMinute({ ...config.limits, ...config.rateLimits }, id, dryRun),
    signIn,
    closing: closing.signal,
    jwksCacheMs: config.tokens.jwksCache,
    onError: onTrouble,
  });
  const running = new Set<Promise<Response>>();
  return {
    fetch: async (request, caller) => {
      const answer = Promise.resolve(app.fetch(request, { caller }));
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

/** A transaction that changes nothing still needs the write lock; whether the disk has room only a write can tell. */
async function canWrite(deps: AccessDeps): Promise<boolean> {
  try {
    await deps.store.transaction(async (tx) => {
      await tx.updateTable('idempotency').set({ created_at_ms: 0 }).where('subject', '=', '').execute();
    });
    return true;
  } catch {
    return false;
  }
}
