// What is known of the receiver, across restarts. Its numbers count in one epoch of one log; in another they are zero.
import { sql } from 'kysely';
import { EMPTY_FRONTIER, rootOf } from '#shared/audit/merkle.ts';
import { type RestoredLog, restoredLogSchema } from '#shared/contracts/desktop/state.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Db } from '#shared/log/log-store.ts';
import { forgetTaken } from './taken.ts';
import type { SyncRow } from './tables.ts';

const ID = 'sync';
const EMPTY_ROOT = rootOf(EMPTY_FRONTIER).toString('base64');

/** The receiver's ledger: its pinned public key (PEM) and its highest checkpoint. */
export type KeptLedger = { readonly key: string; readonly checkpoint: string };

export type Known = {
  /** The receiver has all records before this one, by its own word. */
  readonly cursor: number;
  /** Base64 root of the tree of the first `cursor` records, as it was acknowledged. */
  readonly witnessedRoot: string;
  /** So many records are under a ledger checkpoint that was checked, since when. */
  readonly cosigned: { readonly records: number; readonly atMs: EpochMs } | null;
  /** When everything was last acknowledged. */
  readonly syncedAtMs: EpochMs | null;
  readonly ledger: KeptLedger | null;
  /** Why nothing of the receiver's is believed until a person looked at it. */
  readonly alarm: string | null;
  /** An announced restore of the receiver's ledger that no person has read yet. */
  readonly restored: RestoredLog | null;
  /** So many of this log's records the receiver had lost and is given again. */
  readonly sentAgain: number;
  readonly verified: {
    readonly atMs: EpochMs;
    readonly records: number;
    /** Of these only the leaf hash is left. */
    readonly pruned: number;
    readonly problem: string | null;
  } | null;
};

/** The epoch of the log that numbers are about. */
export type Counted = { readonly origin: string; readonly epoch: number };

/** Reads what is known, about the given epoch or, without one, about the last one that was synced. */
export async function readKnown(db: Db, counted: Counted | null): Promise<Known> {
  const { rows } = await sql<SyncRow>`select * from outbox_sync where id = ${ID}`.execute(db);
  const [row] = rows;
  if (row === undefined) return NOTHING_KNOWN;
  const isCounted = counted === null || (row.origin === counted.origin && row.epoch === counted.epoch);
  return { ...ofReceiver(row), ...(isCounted ? ofEpoch(row) : NO_COUNTS) };
}

/** Writes what is known of an epoch. */
export async function writeKnown(tx: Db, { origin, epoch }: Counted, known: Known): Promise<void> {
  const row: SyncRow = {
    origin,
    epoch,
    cursor: known.cursor,
    witnessed_root: known.witnessedRoot,
    cosigned: known.cosigned?.records ?? 0,
    cosigned_at_ms: known.cosigned?.atMs ?? null,
    synced_at_ms: known.syncedAtMs,
    ledger_key: known.ledger?.key ?? null,
    ledger_checkpoint: known.ledger?.checkpoint ?? null,
    alarm: known.alarm,
    restored: known.restored === null ? null : JSON.stringify(known.restored),
    sent_again: known.sentAgain,
    verified_at_ms: known.verified?.atMs ?? null,
    verified_records: known.verified?.records ?? null,
    verified_problem: known.verified?.problem ?? null,
    verified_pruned: known.verified?.pruned ?? 0,
  };
  const names = ['id', ...Object.keys(row)].map((name) => sql.ref(name));
  await sql`
    insert or replace into outbox_sync (${sql.join(names)}) values (${sql.join([ID, ...Object.values(row)])})
  `.execute(tx);
  await forgetTaken(tx, { origin, epoch }, Math.min(known.cursor, known.cosigned?.records ?? 0));
}

const NO_COUNTS = { cursor: 0, witnessedRoot: EMPTY_ROOT, cosigned: null, verified: null } as const;
export const NOTHING_KNOWN: Known = {
  ...NO_COUNTS,
  syncedAtMs: null,
  ledger: null,
  alarm: null,
  restored: null,
  sentAgain: 0,
};

function ofReceiver(row: SyncRow): Omit<Known, keyof typeof NO_COUNTS> {
  const { ledger_key: key, ledger_checkpoint: checkpoint } = row;
  return {
    syncedAtMs: row.synced_at_ms,
    ledger: key === null || checkpoint === null ? null : { key, checkpoint },
    alarm: row.alarm,
    restored: row.restored === null ? null : restoredLogSchema.parse(JSON.parse(row.restored)),
    sentAgain: row.sent_again,
  };
}

function ofEpoch(row: SyncRow): Pick<Known, keyof typeof NO_COUNTS> {
  return {
    cursor: row.cursor,
    witnessedRoot: row.witnessed_root ?? EMPTY_ROOT,
    cosigned: row.cosigned_at_ms === null ? null : { records: row.cosigned, atMs: row.cosigned_at_ms },
    verified:
      row.verified_at_ms === null
        ? null
        : {
            atMs: row.verified_at_ms,
            records: row.verified_records ?? 0,
            pruned: row.verified_pruned,
            problem: row.verified_problem,
          },
  };
}
