// The desktop's own tamper-evident log as the agent uses it: what it appends, what it shows, when it stops new grants.
import type { SyncState, Verification } from '#shared/contracts/desktop/state.ts';
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import type { Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

/** What the agent itself records. The vault records what it does with credentials. */
export type AgentEvent = IdentityChosen | ClockJumped;

export type IdentityChosen = {
  /** Somebody at this machine chose to act as this configured user, or the program did for the first time. */
  readonly kind: 'identity.chosen';
  readonly atMs: EpochMs;
  /** The subject id that the broker gave the user. */
  readonly subject: string;
  readonly user: string;
  readonly by: 'person' | 'default';
};

export type ClockJumped = {
  /** The wall clock jumped against the time that passed, and everything was ended. */
  readonly kind: 'clock.jumped';
  readonly atMs: EpochMs;
  readonly byMs: DurationMs;
  readonly endedGrants: number;
};

/** `no_alarm`: none that a person may end. `not_signed`: the ledger is not signed by the key that it shows. */
export type AcceptRefused = 'no_alarm' | 'unreachable' | 'not_signed';

/**
 * `not_synced`, `unreachable`, `no_key`: nothing was changed. `refused`, `open_requests`: the broker did not take it, and
 * the key stays. `undecided`: it did not answer; it is asked again until it does, and meanwhile records wait unsigned.
 */
export type KeyNotChanged = 'not_synced' | 'unreachable' | 'no_key' | 'refused' | 'open_requests' | 'undecided';

export type OwnRecordsQuery = {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly limit: number;
  /** Whose records; those about nobody, as starts of the program, are everybody's. */
  readonly subject: string | null;
};

export type Outbox = {
  /** Durable when it resolves. Throws when it cannot be written. */
  readonly append: (event: AgentEvent) => Promise<void>;
  readonly state: () => SyncState;
  readonly verification: () => Verification;
  readonly verifyNow: () => Promise<void>;
  /** Tries to send what waits, now. */
  readonly syncNow: () => void;
  /** The person goes on from the broker's ledger as it is now, which ends an alarm about it; on record. */
  readonly acceptLedger: () => Promise<Result<null, AcceptRefused>>;
  /** Changes the device key, with the word of both. See `KeyNotChanged`. */
  readonly changeKey: () => Promise<Result<null, KeyNotChanged>>;
  /** A grant whose records have no room, or no witness that can be trusted, is not begun. */
  readonly canRecordGrant: () => Result<null, 'disk_full' | 'backlog_full' | 'alarm'>;
  /** Writes the export into a folder; gives the number of records. */
  readonly exportTo: (folder: string) => Promise<number>;
  /** This desktop's own records of one person and a span of time, newest first. */
  readonly ownRecords: (query: OwnRecordsQuery) => Promise<readonly HistoryFact[]>;
  readonly subscribe: (listener: () => void) => () => void;
};
