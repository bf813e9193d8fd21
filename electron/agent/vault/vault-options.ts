// What the vault is given: its tables, the keychain, the clipboard, trusted time, and where its records go.
import type { Transaction } from 'kysely';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { Keychain } from '../keychain-port.ts';
import type { ClipboardPort, Log } from '../ports.ts';
import type { Deadlines } from '../time/deadlines.ts';
import type { VaultTables } from './tables.ts';

export type VaultTx = Transaction<VaultTables>;

/** Puts a record into the outbox within the transition's own transaction: both are kept, or neither. */
export type AppendRecord = (tx: VaultTx, event: OutboxEvent) => Promise<void>;

/** Trusted time as the vault needs it. */
export type VaultTime = {
  readonly now: () => EpochMs;
  /** Told of a time that the broker signed just now. */
  readonly anchor: (brokerMs: EpochMs) => Promise<void>;
};

export type VaultOptions = {
  readonly store: Store<VaultTables>;
  readonly appendRecord: AppendRecord;
  readonly keychain: Keychain;
  readonly clipboard: ClipboardPort;
  readonly time: VaultTime;
  /** The app's one set of deadlines on the same time; the vault takes names that begin with `vault:`. */
  readonly deadlines: Deadlines;
  readonly log: Log;
};
