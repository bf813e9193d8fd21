// What keeping one person's book true needs, and whom it tells.
import type { BrokerEvent, GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { BrokerHost } from '../embedded-broker/broker-host.ts';
import type { Timers } from '../ports.ts';
import type { ErasedReader } from './forget-erased.ts';

export type PersonListener = {
  /** A request of this person as it is now, and as it was known before. */
  readonly onRequest: (view: RequestView, before: RequestView | undefined) => void;
  /** The broker's last word on a grant that it ended, or that it does not have (`view` null). */
  readonly onGrantOver: (grantId: string, view: GrantView | null) => void;
  readonly onApprovals: (before: ReadonlyMap<string, RequestView>) => void;
  /** Emergency access of others that this person is told of, of the last days. */
  readonly onEmergencies: (views: readonly RequestView[]) => void;
  /** For administrators: a desktop's log went back or contradicts itself, or a change moved that needs two people. */
  readonly onOversightNews: (event: BrokerEvent) => void;
  /** Everything was read and is as the broker has it. */
  readonly onCaughtUp: () => void;
  readonly changed: () => void;
};

export type PersonDeps = {
  readonly user: string;
  /** `grants`: only what is needed to wipe in time what this machine still holds of somebody who is not shown. */
  readonly scope: () => 'all' | 'grants';
  readonly host: BrokerHost;
  readonly deviceKey: DeviceKey;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly listener: PersonListener;
  /** Grants that this machine holds a credential of, for this user. */
  readonly heldGrants: () => readonly string[];
  readonly erased: ErasedReader;
  /** Requests that something here still depends on, whatever their state. */
  readonly wantedRequests: () => readonly string[];
};
