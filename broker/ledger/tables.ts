// Tables of the ledger.
export type LedgerTables = Record<never, never>;
