// What is left of an audit torture when everybody is dead: all that its check goes by.
import type { Claim } from './claims.ts';
import type { Written } from './journal.ts';
import type { StoredLogs } from './stored-logs.ts';

export type Kept = {
  readonly stored: StoredLogs;
  /** By name of the process: what it journaled, in the order of writing. */
  readonly journals: ReadonlyMap<string, Written>;
  /** Records that went with a disk. */
  readonly givenUp: ReadonlySet<number>;
  /** Every checkpoint of the ledger that was given out. */
  readonly notes: ReadonlySet<string>;
  /** What the broker said that it has, and is held to. */
  readonly claims: readonly Claim[];
  readonly ledgerFingerprint: string;
  /** The log that the device key of its writer made, by number: only there its place is a question of order. */
  readonly ownLogOf: (number: number) => string | null;
  readonly delivered: readonly Delivered[];
  /** Of each process: where its export is, and the fingerprint of its key. */
  readonly exports: readonly { readonly name: string; readonly folder: string; readonly fingerprint: string }[];
};

/** What a sink should have, and what it has: ids of records. */
export type Delivered = {
  readonly sink: string;
  readonly records: readonly string[];
  readonly has: ReadonlySet<string>;
};
