// Every fact that a log keeps, one shape a kind: the broker's ledger here and, of access, in access-data.ts; a desktop's
// outbox in outbox-data.ts. Credentials appear by random id only; free text of people appears only under `personal`,
// which is encrypted per subject before it is written.
import type { AccessData } from './access-data.ts';
import type { DeviceFacts, DeviceId, PersonId, SubjectId } from './identity.ts';
import type { EpochReason, Heartbeat, OutboxData, TreeHead } from './outbox-data.ts';
import type { ResourceId } from './scope.ts';
import type { EpochMs } from './time.ts';

/** What each kind of event adds to the common fields. */
type LedgerData = AccessData & {
  'broker.started': { readonly version: string; readonly mode: 'embedded' | 'standalone' };
  'broker.stopped': Record<never, never>;
  'config.changed': {
    readonly part: 'catalog' | 'policies' | 'identity';
    readonly fromHash: string | null;
    readonly toHash: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  'config.refused': { readonly part: 'catalog' | 'policies'; readonly keptHash: string; readonly problems: number };
  /** A change that weakens a guard waits for two people; the old stays in force. Resource ids and file names, no words. */
  'config.held': HeldChange & { readonly lines: readonly string[] };
  /** A weaker guard came into force: because two people agreed, or because its owner attests everything (embedded). */
  'config.weakened': HeldChange & {
    readonly lines: readonly string[];
    readonly agreedBy: 'two_people' | 'self_attested';
  };
  /** Somebody wants a person erased; it needs a second one to agree. */
  'erasure.proposed': { readonly change: string };
  'change.answered': { readonly change: string; readonly agree: boolean };
  'change.closed': { readonly change: string; readonly state: 'agreed' | 'rejected' };
  /** The pseudonym stands for nobody from here on. `after_restore`: a backup had brought an erased one back. */
  'subject.erased': {
    readonly change: string | null;
    readonly agreedBy: 'two_people' | 'self_attested' | 'after_restore';
  };
  /** Bodies of records that happened before were pruned, in order, up to this one; their leaf hashes stay. */
  'records.pruned': { readonly beforeMs: EpochMs; readonly records: number; readonly lastSequence: number };
  /**
   * Bodies of records that desktops sent were pruned here, of those that came before; their leaf hashes and ids stay.
   * How many of which logs.
   */
  'audit.pruned': {
    readonly beforeMs: EpochMs;
    readonly records: number;
    readonly logs: readonly { readonly origin: string; readonly epoch: number; readonly records: number }[];
  };
  /** What people wrote before was forgotten: in so many requests, and so many keys of words in the ledger. */
  'words.pruned': { readonly beforeMs: EpochMs; readonly requests: number; readonly keys: number };
  /** Nothing of this person is erased or pruned until it is released. */
  'hold.placed': { readonly hold: string; readonly person: PersonId };
  'hold.release_proposed': { readonly hold: string; readonly person: PersonId; readonly change: string };
  'hold.released': {
    readonly hold: string;
    readonly person: PersonId;
    readonly change: string;
    readonly agreedBy: 'two_people' | 'self_attested';
  };
  /** What was unusual about an access. Numbers and names only. */
  'finding.raised': {
    readonly finding: string;
    readonly deviation: string;
    readonly facts: Readonly<Record<string, string | number>>;
  };
  'finding.answered': { readonly finding: string; readonly answer: 'cleared' | 'follow_up' };
  /** The store was put back to an older state: the log goes on under another name, from where the backup ends. */
  'ledger.epoch_opened': {
    readonly previousOrigin: string;
    readonly previousEpoch: number;
    /** What of the log before is kept: its head in the backup. */
    readonly kept: TreeHead;
    /** When the last of the records that are kept happened: as of then the backup is. Null when none is kept. */
    readonly keptAtMs: EpochMs | null;
    /** The last head of the log before that this broker knows of; records between the two are lost here. */
    readonly lastKnown: TreeHead;
  };
  /** Where the ledger is sent to from here on, besides. `host`: null for a file. */
  'sink.configured': {
    readonly sinks: readonly { readonly name: string; readonly kind: string; readonly host: string | null }[];
  };
  /** So many records a sink refused for good; from the first to the last of them others may have been taken. */
  'sink.dead_lettered': {
    readonly name: string;
    readonly code: string;
    readonly records: number;
    readonly epoch: number;
    readonly firstSequence: number;
    readonly lastSequence: number;
  };
  /** An administrator sent a test; `code`: why it was not taken. */
  'sink.test_sent': { readonly name: string; readonly code: string | null };
  /** An administrator had dead letters sent again; so many were taken. */
  'sink.dead_letters_resent': { readonly name: string; readonly records: number };
  /** Nothing happened for a while, and the log is written all the same. The last number before; -1: none. */
  'ledger.heartbeat': Heartbeat;
  /** From here on another key signs the ledger; both signed the checkpoint that ends with this record or soon after. */
  'ledger.key_rotated': {
    /** Fingerprints: hex SHA-256 of the public keys' DER. */
    readonly oldKey: string;
    readonly newKey: string;
    /** So many records the ledger had before this one was written. */
    readonly size: number;
  };
  'key.published': { readonly keyId: string; readonly usedFromMs: EpochMs };
  'key.retired': { readonly keyId: string };
  'device.enrolled': { readonly device: DeviceId };
  /** A device's key took the place of another with the word of both; from here on nothing by the old one counts. */
  'device.key_changed': {
    readonly device: DeviceId;
    readonly replaces: DeviceId;
    /** The old key's log as both signed it. */
    readonly epoch: number;
    readonly size: number;
    readonly root: string;
    /** So many live grants go on, held by the new key. */
    readonly grants: number;
  };
  /** What a provisioning service says of a device; null: it does not know. */
  'device.facts_changed': { readonly device: DeviceId } & DeviceFacts;
  /** An account whose token was verified for the first time. `facts` is a keyed hash of all that its token said. */
  'account.seen': { readonly person: PersonId; readonly admin: boolean; readonly facts: string };
  'account.changed': {
    readonly person: PersonId;
    readonly admin: boolean;
    readonly facts: string;
    /** Names of what changed, never the values. */
    readonly changed: readonly string[];
  };
  /** From here on nothing of these accounts works; their grants end with a record each. */
  'person.disabled': DisabledAccounts;
  'person.enabled': DisabledAccounts;
  /** A desktop's log was received up to here: the ledger's own checkpoint cosigns it. */
  'audit.appended': DesktopTree & { readonly records: number };
  /** A desktop's log goes on in a new part: its disk was put back, it had signed two, or its key is another one. */
  'audit.epoch_opened': DesktopTree & {
    readonly previousOrigin: string;
    readonly previousEpoch: number;
    readonly reason: EpochReason;
  };
  /** A desktop's key signed two trees of which neither continues the other. */
  'audit.forked': DesktopTree & { readonly kept: TreeHead };
};

/** `person`: all accounts of a human. `account`: one account. */
type DisabledAccounts = {
  readonly scope: 'person' | 'account';
  readonly person: PersonId | null;
  readonly accounts: readonly SubjectId[];
};

type HeldChange = {
  /** Null when nobody had to agree. */
  readonly change: string | null;
  readonly changeKind: 'sensitivity_downgrade' | 'break_glass_policy';
  /** SHA-256 (hex) of exactly these files. */
  readonly contentHash: string;
};

/** A desktop's tree: whose, which, and its head. */
type DesktopTree = TreeHead & { readonly origin: string; readonly epoch: number };

export type LedgerKind = keyof LedgerData;
export type OutboxKind = keyof OutboxData;
export type AuditKind = LedgerKind | OutboxKind;
export type AuditData = LedgerData & OutboxData;

type Common = {
  readonly atMs: EpochMs;
  /** Who did it: a subject, or the broker or desktop itself. */
  readonly actor: SubjectId | 'broker' | 'desktop';
  /** Whose access it is about. */
  readonly subject: SubjectId | null;
  readonly resource: ResourceId | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly outcome: 'success' | 'failure';
  /** Words that people wrote, and whose they are: sealed under that subject's erasure key. */
  readonly personal?: { readonly subject: SubjectId; readonly text: Readonly<Record<string, string>> };
};

export type AuditEventOf<K extends AuditKind> = Common & { readonly kind: K; readonly data: AuditData[K] };
export type LedgerEvent = { [K in LedgerKind]: AuditEventOf<K> }[LedgerKind];
/** An outbox has no keys to seal words of people with, so it takes none. */
export type OutboxEvent = { [K in OutboxKind]: Omit<AuditEventOf<K>, 'personal'> }[OutboxKind];
export type AuditEvent = LedgerEvent | OutboxEvent;
