// Requests, grants, issuers and the gateway, made so that each knows the others.
import { createHmac } from 'node:crypto';
import { dirname } from 'node:path';
import { createDeadlines, type Deadlines } from './access/deadlines.ts';
import { endGrant } from './access/end.ts';
import { createSharedCredentials, type SharedCredentials } from './access/shared-credentials.ts';
import { createLiveCredentials } from './access/live-credentials.ts';
import { createUnwrittenEnds } from './access/unwritten-ends.ts';
import type { AccessDeps } from './access/access-deps.ts';
import { isConcerned } from './config/behind.ts';
import type { Configuration } from './config/configuration.ts';
import { createGateway } from './gateway/create-gateway.ts';
import { isUsedElsewhere } from './gateway/used-elsewhere.ts';
import type { Gateway, GatewayDeps } from './gateway/gateway.ts';
import { createDirectory } from './identity/create-directory.ts';
import { fetchIssuerJson } from './identity/oidc/issuer-fetch.ts';
import { openIssuers, type Issuers } from './issuers/open-issuers.ts';
import type { BrokerOptions } from './broker.ts';
import type { Base } from './open-base.ts';

export type Access = {
  readonly deps: AccessDeps;
  readonly deadlines: Deadlines;
  readonly gateway: Gateway;
  readonly issuers: Issuers;
  readonly shared: SharedCredentials | null;
};

/** Requests, grants and the gateway need each other: the gateway ends grants, and ending asks the gateway. */
export async function wireAccess(
  options: BrokerOptions,
  { ledger, tokens, replicas }: Base,
  configuration: Configuration,
): Promise<Access> {
  const { loaded, store, clock, keys } = options;
  const live = createLiveCredentials();
  const shared = store.shared === null ? null : createSharedCredentials(() => deps);
  const gatewayDeps: GatewayDeps = {
    clock,
    store,
    ledger,
    tokens,
    live,
    replicas,
    shared,
    // What the rules here are too old for is not served: what the gateway lets through is in them.
    resource: (id) => {
      const behind = configuration.behind();
      return behind !== null && isConcerned(behind, id) ? null : configuration.current().resource(id);
    },
    catalogFolder: dirname(loaded.catalogFile),
    secret: options.secret,
    operationDone: async ({ grantId }) => {
      await endGrant(deps, { grantId, reason: 'operation_done', actor: 'broker', dueAtMs: clock.now() });
    },
  };
  const gateway = createGateway(gatewayDeps, options.gateway);
  const issuers = openIssuers({
    ...gatewayDeps,
    // An issuer takes access away too, and that never waits.
    resource: (id) => configuration.current().resource(id),
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
    usedElsewhere: async (grantId) => store.shared !== null && (await isUsedElsewhere(store.read, grantId, replicas)),
    limits: {
      requestLapseMs: requestLapse,
      collectLapseMs: collectLapse,
      pendingPerSubject,
      approvals: loaded.config.approvals,
    },
    fingerprint: (secret) => createHmac('sha256', keys.keyedHash).update(`credential\n${secret}`).digest('base64url'),
    deadlinesChanged: deadlines.changed,
  };
  return { deps, deadlines, gateway, issuers, shared };
}
