// The ledger as the rest of the broker sees it: the broker's own log, and the words that people wrote in its records.
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { Log, LogRecord } from '#shared/log/log.ts';
import type { Tx } from '#broker/store.ts';

export type LedgerRecord = LogRecord;

export type Ledger = Log<Tx, LedgerEvent> & {
  /** Opens the words that people wrote in a record, while the subject's erasure key exists; null after erasure. */
  readonly openPersonal: (record: LedgerRecord) => Promise<Readonly<Record<string, string>> | null>;
};
