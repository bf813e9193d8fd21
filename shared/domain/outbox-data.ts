// Every fact that a desktop's outbox keeps. Credentials appear by random id only; no value, no path, no words of people.
import type { EndReason } from './grant.ts';
import type { DeviceId } from './identity.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** Why a credential is deleted from this machine: its grant ended, or the person or the machine asked for it. */
export type WipeReason =
  | EndReason
  | 'signed_out'
  | 'locked'
  | 'quit'
  | 'clock_jump'
  | 'ended_elsewhere'
  | 'interrupted'
  | 'unknown_copy';

/** Between which two moments a wipe happened whose record could not be written at once. */
export type TimeBounds = { readonly notBeforeMs: EpochMs; readonly notAfterMs: EpochMs };

/** A head of a tree: how many records, and base64 of the root over them. */
export type TreeHead = { readonly size: number; readonly root: string };

/** Nothing personal: that the log is written, and how far it was. */
export type Heartbeat = { readonly lastSequence: number };

/** What each kind of event adds to the common fields. */
export type OutboxData = {
  'app.started': { readonly version: string };
  'app.stopped': Record<never, never>;
  /** Written before the credential is asked for: what it will be called is not known yet. */
  'copy.intended': { readonly collectId: string };
  'copy.stored': { readonly collectId: string; readonly credential: string; readonly endsAtMs: EpochMs };
  'copy.abandoned': { readonly collectId: string; readonly code: string };
  'copy.missing': { readonly credential: string };
  'clipboard.copied': { readonly credential: string; readonly clearsAtMs: EpochMs };
  /** `held`: whether the clipboard still held ours, or somebody had put something else there. */
  'clipboard.cleared': { readonly credential: string; readonly held: 'ours' | 'other' };
  'clipboard.clear_failed': { readonly credential: string; readonly code: string };
  'wipe.started': { readonly credential: string; readonly reason: WipeReason };
  'wipe.done': {
    readonly credential: string;
    readonly reason: WipeReason;
    /** From when it was due to when it was checked. */
    readonly lagMs: DurationMs;
    /** The keychain was read back and does not have it. */
    readonly checked: true;
    /** Set when start-up reconstructed it; else the record's own time is when it was checked. */
    readonly timeBounded: TimeBounds | null;
  };
  'wipe.failed': {
    readonly credential: string;
    readonly reason: WipeReason;
    readonly attempt: number;
    readonly code: string;
  };
  'clock.jumped': { readonly byMs: DurationMs; readonly endedGrants: number };
  'keychain.unavailable': { readonly code: string };
  /** First record at a broker that a person, or the organisation, went over to; the address is in no record. */
  'broker.connected': { readonly mode: 'embedded' | 'team' };
  /** Last record before another broker is used: everything of this one is wiped. */
  'broker.left': { readonly mode: 'embedded' | 'team' };
  /** `fresh`: who was signed in proved themselves again. Who it is stays with the broker. */
  'sign_in.made': { readonly fresh: boolean };
  /** `expired`: by the provider. `refused`: by the broker. */
  'sign_in.ended': { readonly why: 'signed_out' | 'expired' | 'refused' };
  'identity.chosen': { readonly device: DeviceId };
  /** Names only: a value may be personal. */
  'settings.changed': { readonly keys: readonly string[] };
  /** The receiver's ledger is not the one that was kept, grown: it went back, forked, or is signed by another key. */
  'checkpoint.regressed': { readonly code: string; readonly kept: TreeHead | null; readonly seen: TreeHead | null };
  /** The receiver's ledger was put back to a backup and announced it; it was proven how far it agrees with what is kept. */
  'checkpoint.restored': {
    readonly restores: number;
    readonly kept: TreeHead;
    readonly seen: TreeHead;
    /** Its head in the backup: records after it are missing there. */
    readonly survives: TreeHead;
    readonly agreed: number;
    readonly backupAtMs: EpochMs | null;
  };
  /** The receiver's ledger goes on under another key, and every change from the kept one to it is signed by both. */
  'checkpoint.key_rotated': {
    /** Fingerprints: hex SHA-256 of the public keys' DER. */
    readonly oldKey: string;
    readonly newKey: string;
    readonly rotations: number;
    /** Where the last of them stands. */
    readonly at: TreeHead;
  };
  /** A person read that, and how many records of this log were given again. */
  'checkpoint.restore_read': { readonly keptRecords: number; readonly sentAgain: number };
  /** Nothing happened for a while, and the desktop runs all the same. The last number before; -1: none. */
  'log.heartbeat': Heartbeat;
  /**
   * Bodies of this log's records that happened before were pruned, `records` of this epoch and `oldRecords` of earlier
   * ones; their leaf hashes stay. The receiver and every sink have them. `lastSequence` of this epoch; -1: none of it.
   */
  'log.pruned': {
    readonly beforeMs: EpochMs;
    readonly records: number;
    readonly oldRecords: number;
    readonly lastSequence: number;
  };
  /** The receiver lost so many records whose bodies were pruned here after it had them: nobody can give them again. */
  'log.records_lost': { readonly records: number };
  /** Last record under this key: the log goes on under the one of this thumbprint, if the broker takes it. */
  'log.key_handed_over': { readonly newDevice: DeviceId };
  /** Second record under the new key: the last head of the log before, signed by both keys, and the old one (PEM). */
  'log.key_taken_over': { readonly checkpoint: string; readonly key: string };
  /** The broker did not take that key: the log goes on under the one it has. */
  'log.key_kept': { readonly newDevice: DeviceId; readonly code: string };
  /** A person looked at a regress and goes on from the receiver's ledger as it is now. */
  'checkpoint.accepted': { readonly kept: TreeHead | null; readonly accepted: TreeHead };
  'sync.refused': { readonly code: string };
  /** From now on the log is sent there too. `host`: null of a file, whose path may be personal. Never more of an address. */
  'sink.added': SinkNamed;
  'sink.removed': SinkNamed;
  /** It has another address or another secret. */
  'sink.changed': SinkNamed;
  /** `code`: why it did not go well; null: it was accepted. */
  'sink.tested': { readonly name: string; readonly code: string | null };
  /** It refused records for good, for the first time since it had none of those. They stay in the log. */
  'sink.dead_letters': { readonly name: string; readonly records: number };
  /** A person had those sent once more. */
  'sink.resent': { readonly name: string; readonly records: number };
  /** First record of an epoch that follows another: what of that one a receiver is known to have witnessed. */
  'epoch.opened': {
    readonly code: EpochReason;
    readonly previousOrigin: string;
    readonly previousEpoch: number;
    readonly witnessed: TreeHead;
    /** How many records of the epoch before follow here at once. Under a new key those follow later that turn out to be missing. */
    readonly carried: number;
  };
};

type SinkNamed = {
  readonly name: string;
  readonly sink: 'otlp' | 'webhook' | 'file';
  readonly host: string | null;
  readonly by: 'person' | 'organisation';
};

/**
 * Why a log goes on under a new epoch: its store was put back to an older state, its key is another one, or its key was
 * changed with the word of both.
 */
export type EpochReason = 'restored' | 'forked' | 'new_key' | 'key_changed';
