// The credentials on this machine, from the intent to hold one to the check that it is gone: the vault's whole surface.
// A secret leaves it only to the clipboard or into a tool, each time with a durable record before.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DatabaseTargetView } from '#shared/contracts/broker-api.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import type { LocalCopyState } from '#shared/domain/local-copy.ts';
import type { Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { KeychainProblem } from '../keychain-port.ts';

export type WipeReason =
  | 'expired'
  | 'released'
  | 'revoked'
  | 'replaced'
  | 'signed_out'
  | 'locked'
  | 'quit'
  | 'clock_jump'
  | 'ended_elsewhere'
  | 'interrupted';

/** One credential on this machine, without the credential. */
export type LocalCopy = {
  /** Names the keychain item too. */
  readonly collectId: string;
  readonly requestId: string;
  /** The configured user whose access it is. */
  readonly user: string;
  readonly resource: string;
  readonly state: LocalCopyState;
  readonly heldIn: 'keychain' | 'memory';
  readonly intendedAtMs: EpochMs;
  /** Known once the broker has answered; null for a check-out that was cut before. */
  readonly issued: {
    readonly grantId: string;
    readonly credentialId: string;
    readonly actions: readonly string[];
    readonly startsAtMs: EpochMs;
    readonly endsAtMs: EpochMs;
    /** The resource's address at the gateway. */
    readonly url: string | null;
    /** Where a database login leads; null for a token. */
    readonly target: DatabaseTargetView | null;
    readonly extendsGrant: string | null;
    readonly endsWithOperation: boolean;
  } | null;
  /** When its token leaves the clipboard, null when it is not there. */
  readonly clipboardUntilMs: EpochMs | null;
  readonly wipe: {
    readonly reason: WipeReason;
    /** When it was due; the lag counts from here. */
    readonly dueAtMs: EpochMs;
    /** Not null: the secret is gone from this machine, and that was checked; its record may still wait for the disk. */
    readonly lagMs: DurationMs | null;
    readonly problem: KeychainProblem | null;
  } | null;
};

/** Who collects what: one approved request of one person. */
export type CheckOut = {
  readonly client: BrokerClient;
  readonly user: string;
  /** The person's subject id, for the records. */
  readonly subject: string;
  readonly requestId: string;
  readonly resource: string;
  /** Only when the person agreed to do without a keychain. */
  readonly allowMemory: boolean;
};

export type CheckOutRefused =
  | { readonly code: 'keychain'; readonly problem: KeychainProblem }
  /** The broker refused: too early, no longer approved, another device, … Nothing was kept. */
  | { readonly code: 'refused'; readonly problem: Problem }
  /** The broker could not be reached or did not answer: the intent stays, and the same collect may be tried again. */
  | { readonly code: 'interrupted' }
  /** The record could not be written, so nothing was asked for. */
  | { readonly code: 'not_recorded' };

export type UseRefused =
  | { readonly code: 'keychain'; readonly problem: KeychainProblem }
  | { readonly code: 'not_active' }
  | { readonly code: 'missing' }
  | { readonly code: 'not_recorded' }
  | { readonly code: 'clipboard_failed' };

export type Vault = {
  /** Everything that is not over: intended, stored, wiping, wipe_failed, missing (until it is dismissed or its end). */
  readonly copies: () => readonly LocalCopy[];
  readonly subscribe: (listener: () => void) => () => void;
  /**
   * Intent and record in one transaction, collect, keychain, stored. Again for the same request while its intent
   * stands: goes on with the same collect id. Steps are in `check-out.ts`.
   */
  readonly checkOut: (order: CheckOut) => Promise<Result<LocalCopy, CheckOutRefused>>;
  /**
   * Deletes from keychain or memory and clipboard, reads back, records; also when the record cannot be written.
   * A failed wipe stays visible and is tried again by itself. Wiping what is gone is success.
   */
  readonly wipe: (collectId: string, reason: WipeReason, dueAtMs?: EpochMs) => Promise<Result<null, KeychainProblem>>;
  readonly wipeAll: (reason: WipeReason) => Promise<{ readonly wiped: number; readonly failed: number }>;
  /** The raw token to the clipboard, concealed; a keyed hash of it is journaled before. Cleared after `clearAfterMs`, or at the end. */
  readonly copyToken: (
    collectId: string,
    clearAfterMs: DurationMs,
  ) => Promise<Result<{ readonly clearedAtMs: EpochMs }, UseRefused>>;
  /** Moves a grant's end when the broker ended it or said another end; never later than the credential's own. */
  readonly endsAt: (collectId: string, endsAtMs: EpochMs) => Promise<void>;
  /**
   * Start-up, before anything is served: overdue copies are wiped, cut check-outs and wipes finished or undone,
   * keychain items without a record deleted, the clipboard swept.
   */
  readonly recover: () => Promise<void>;
  /** Looks at every deadline now: after resume, a clock change, an unlock. */
  readonly recheck: () => Promise<void>;
  /** Takes what is ours off the clipboard too. */
  readonly close: () => Promise<void>;
};
