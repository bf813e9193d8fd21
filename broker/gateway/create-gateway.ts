// Puts the gateway together: its listener, its running calls, its probe and its end.
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { checkLive } from './admission.ts';
import type { CallParts } from './call.ts';
import { listenerNames } from './caller.ts';
import type { Gateway, GatewayDeps } from './gateway.ts';
import { handleCall } from './handle-call.ts';
import type { Lease } from './lease.ts';
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './limits.ts';
import { createOperations } from './operations.ts';
import { createQuotas } from './quota.ts';
import { createRefusalBudget } from './refusal-budget.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { startListening } from './start-listening.ts';
import { createUpstreamConnections, resolveWithSystem, type ResolveHost } from './upstream-connections.ts';
import { createUseRecords } from './use-records.ts';

export type GatewayOptions = {
  readonly limits?: Partial<GatewayLimits>;
  /** Further Host values of this listener, as `data.example.org` or `data.example.org:8443`. */
  readonly hostNames?: readonly string[];
  readonly resolveHost?: ResolveHost;
  /** Makes the server, as with TLS; absent: plain HTTP. */
  readonly openServer?: (options: ServerOptions) => Server | TlsServer;
};

/** Makes the gateway. It listens only when told to; run `reconcile` first. */
export function createGateway(deps: GatewayDeps, options: GatewayOptions = {}): Gateway {
  const limits: GatewayLimits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits };
  const operations = createOperations(deps.live);
  const connections = createUpstreamConnections(limits, options.resolveHost ?? resolveWithSystem);
  const records = createUseRecords(deps);
  const leases = new Set<Lease>();
  const kept = new Set<Promise<void>>();
  let hostNames: ReadonlySet<string> = new Set();
  let closing = false;

  const keep = (work: Promise<void>): void => {
    kept.add(work);
    void work.finally(() => kept.delete(work));
  };
  const parts: CallParts = {
    deps,
    limits,
    operations,
    quotas: createQuotas(deps.store),
    records,
    connections,
    mayRecordRefusal: createRefusalBudget(deps.clock),
    hostNames: () => hostNames,
    keep,
    leases,
    isClosing: () => closing,
  };
  const server = (options.openServer ?? createServer)({
    maxHeaderSize: limits.requestHeaderBytes,
    headersTimeout: limits.requestHeadersMs,
    // An upload may be long; its silence is limited elsewhere.
    requestTimeout: 0,
    connectionsCheckingInterval: 1000,
    joinDuplicateHeaders: false,
  });
  server.maxConnections = limits.connections;
  const handle = oneAtATime()((request, response) => keep(handleCall(parts, request, response)));
  server.on('request', handle);
  // The caller's `100 Continue` comes only once the call is admitted.
  server.on('checkContinue', handle);

  async function close(): Promise<void> {
    closing = true;
    // Also called back when it never listened.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const grace = setTimeout(() => {
      for (const lease of leases) lease.cut('gateway_closed');
    }, limits.closeGraceMs);
    while (kept.size > 0) await Promise.allSettled(kept);
    clearTimeout(grace);
    server.closeAllConnections();
    await Promise.all([closed, connections.close()]);
  }

  return {
    listen: async (address) => {
      const port = await startListening(server, address);
      hostNames = listenerNames(address.host, port, options.hostNames ?? []);
      return port;
    },
    probe: (credentialId) => (checkLive({ ...deps, operations }, credentialId).ok ? 'works' : 'refused'),
    reconcile: records.reconcile,
    close,
  };
}
