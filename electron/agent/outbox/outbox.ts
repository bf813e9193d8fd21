// The desktop's own log as the rest of the agent sees it. What is appended is durable with the caller's transaction,
// whether or not the device key can be read at this moment.
import type { LogSigner } from '#shared/audit/log-key.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { EpochReason, TreeHead } from '#shared/domain/outbox-data.ts';
import type { DeviceId } from '#shared/domain/identity.ts';
import type { Log } from '#shared/log/log.ts';
import type { Db, LogStore } from '#shared/log/log-store.ts';

/** The agent's store, and a transaction of it, whatever other tables it has. */
export type OutboxStore = LogStore<Db>;
export type OutboxTx = Db;

export type SignedLog = Log<OutboxTx, OutboxEvent> & { readonly signer: LogSigner };

export type CarryFrom = { readonly epoch: number; readonly sequence: number };

export type NextEpoch = {
  readonly code: EpochReason;
  /** Higher than any that was used. */
  readonly epoch: number;
  /** The last head that the receiver is known to have witnessed, and of which epoch. */
  readonly witnessed: TreeHead & { readonly epoch: number };
  /**
   * Records from this place on, of this and all later epochs, are not known to be witnessed: they follow in the new one.
   * Null: the receiver was not asked, and which of them follow is found out later.
   */
  readonly carryFrom: CarryFrom | null;
  /** Ids of records that the receiver has all the same: those do not follow. */
  readonly except: ReadonlySet<string>;
};

/** A change of the device key that the broker is asked for. */
export type KeyOffer = {
  /** Thumbprint of the next key. */
  readonly device: DeviceId;
  /** The log that it would follow, whole. */
  readonly origin: string;
  readonly epoch: number;
  readonly size: number;
  /** Its last head, signed by both keys. */
  readonly note: string;
  /** PEM. */
  readonly oldKey: string;
  /** The broker took it, and the log goes on under it. */
  readonly taken: boolean;
};

export type OfferedKeys = { readonly old: LogSigner; readonly next: LogSigner };

export type Outbox = {
  /**
   * Writes the event within the caller's transaction: durable with it, gone with it. Throws RecordTooLarge (8 KiB)
   * before anything is written.
   */
  readonly append: (tx: OutboxTx, event: OutboxEvent) => Promise<void>;
  /** The log under its key, or null while the device key is not there. */
  readonly log: () => SignedLog | null;
  /** From now on sign with this key; what waited is in the log when it resolves. Another key opens a new epoch. */
  readonly useKey: (signer: LogSigner) => Promise<void>;
  /** Goes on in a new epoch that names what was witnessed of this one. Throws without a key. */
  readonly openEpoch: (next: NextEpoch) => Promise<void>;
  /**
   * Ends the log under its key with a record that names the next one, and signs that end with both. From then on records
   * wait unsigned, over restarts too, until one of the two keys is known to go on.
   */
  readonly offerKey: (keys: OfferedKeys) => Promise<KeyOffer>;
  /** The broker took the next key: the log goes on under it. */
  readonly takeKey: (next: LogSigner) => Promise<void>;
  /** The broker did not: it goes on under the one it has, with why on record. */
  readonly keepKey: (old: LogSigner, code: string) => Promise<void>;
  /** How many records are written in this epoch, with or without a place in the log, or may have to follow in it. */
  readonly records: () => Promise<number>;
  /** Told when records got their place in the log. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Writes `log.jsonl`, `leaves`, `log.pem` and `checkpoint` into the folder; gives the number of records. Throws without a key. */
  readonly exportTo: (folder: string) => Promise<number>;
  readonly close: () => Promise<void>;
};
