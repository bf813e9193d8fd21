// What the steps of a request's life are given. Wired once in broker/create-broker.ts.
import type { ApprovalDefaults } from '#shared/contracts/approval-rules.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { Clock, DurationMs } from '#shared/domain/time.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { Issuer } from '#broker/issuers/issuer.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { PolicyEngine } from '#broker/policy/engine.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { LiveCredentials } from './live-credentials.ts';
import type { UnwrittenEnds } from './unwritten-ends.ts';

/** One loaded catalog with its policies; replaced as a whole, never changed. */
export type Snapshot = {
  readonly resources: () => readonly Resource[];
  readonly resource: (id: ResourceId) => Resource | null;
  /** Hash of the entry's upstream, issuer and sensitivity: what a scope pins. */
  readonly catalogHash: (resource: Resource) => string;
  readonly policy: PolicyEngine;
};

export type AccessLimits = {
  readonly requestLapseMs: DurationMs;
  readonly collectLapseMs: DurationMs;
  readonly pendingPerSubject: number;
  readonly approvals: ApprovalDefaults;
};

export type AccessDeps = {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Ledger;
  readonly directory: Directory;
  readonly live: LiveCredentials;
  readonly unwrittenEnds: UnwrittenEnds;
  readonly snapshot: () => Snapshot;
  readonly issuer: (name: Resource['issuer']) => Issuer;
  /** Whether a call of this grant runs at another replica now; false where there are no others. */
  readonly usedElsewhere: (grantId: string) => Promise<boolean>;
  readonly limits: AccessLimits;
  /** Keyed hash of a credential, for its fingerprint. */
  readonly fingerprint: (secret: string) => string;
  /** Says that a deadline may have come closer. */
  readonly deadlinesChanged: () => void;
};
