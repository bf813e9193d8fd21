// What the parts of the session share. Each part takes of it what it needs.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { Result } from '#shared/domain/result.ts';
import type { BrokerHost } from '../embedded-broker/broker-host.ts';
import type { Kept } from '../kept/kept.ts';
import type { OutcomeNotices } from '../notices/outcome-notices.ts';
import type { Outbox } from '../outbox-port.ts';
import type { Log, PresencePort, SettingsPort, Timers } from '../ports.ts';
import type { Deadlines, TrustedTime } from '../time-port.ts';
import type { Vault } from '../vault/vault.ts';
import type { Person } from './person.ts';

export type SessionDeps = {
  readonly host: BrokerHost;
  readonly vault: Vault;
  readonly outbox: Outbox;
  readonly kept: Kept;
  readonly time: TrustedTime;
  readonly deadlines: Deadlines;
  readonly timers: Timers;
  readonly presence: PresencePort;
  readonly settings: SettingsPort;
  readonly notices: OutcomeNotices;
  readonly log: Log;
  /** Who is shown; null before the broker was ready once. */
  readonly shown: () => Person | null;
  /** Somebody of whom this machine holds or releases something. */
  readonly personOf: (user: string) => Person | null;
  /** Has the person prove themselves anew, in the browser; refused with why they did not. Waits for them. */
  readonly ensureFresh: () => Promise<Result<null, CommandProblem>>;
  /** Requests that were answered on this desktop since it started. */
  readonly answeredHere: Set<string>;
  /** The state is to be built again. */
  readonly changed: () => void;
};
