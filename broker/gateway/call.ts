// What one call of the gateway is, and what all calls share.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission } from './admission.ts';
import type { GatewayDeps } from './gateway.ts';
import type { Lease } from './lease.ts';
import type { GatewayLimits } from './limits.ts';
import type { Operations } from './operations.ts';
import type { Quotas } from './quota.ts';
import type { RequestTarget } from './request-target.ts';
import type { Tally } from './send-answer.ts';
import type { UpstreamConnections } from './upstream-connections.ts';
import type { UseRecords } from './use-records.ts';

export type CallParts = {
  readonly deps: GatewayDeps;
  readonly limits: GatewayLimits;
  readonly operations: Operations;
  readonly quotas: Quotas;
  readonly records: UseRecords;
  readonly connections: UpstreamConnections;
  readonly mayRecordRefusal: (credentialId: string) => boolean;
  readonly hostNames: () => ReadonlySet<string>;
  /** Keeps work that outlives its response, so that `close` can wait for it. */
  readonly keep: (work: Promise<void>) => void;
  /** Calls that are running, for `close` to cut. */
  readonly leases: Set<Lease>;
  readonly isClosing: () => boolean;
};

/** One call that was let in and recorded. */
export type Call = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: RequestTarget;
  readonly admission: Admission;
  readonly lease: Lease;
  readonly tally: Tally;
};
