// Checkpoints of the receiver's ledger that were checked, of every epoch, and the restores that it announced. Fewer the
// older they are; what a person accepted against an alarm begins a new line, and older lines prove nothing any more.
import { sql } from 'kysely';
import { type Checkpoint, openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { DAY_MS, type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { Db } from '#shared/log/log-store.ts';
import type { EpochOpening } from './epoch-opening.ts';
import type { KeptHead, LedgerHistory } from './judge-epochs.ts';
import type { KeptLedger } from './sync-row.ts';

/** All of them until there are many; then of what is older than this one of each span. */
const MANY = 5000;
const OLDER = [
  { olderMs: 10 * MINUTE_MS, spanMs: MINUTE_MS },
  { olderMs: 2 * DAY_MS, spanMs: HOUR_MS },
  { olderMs: 14 * DAY_MS, spanMs: DAY_MS },
] as const;

/** Of the line that counts now. `kept` is part of it also when it was kept by a version that had no history. */
export async function readLedgerHistory(db: Db, kept: KeptLedger | null): Promise<LedgerHistory> {
  const { rows: heads } = await sql<KeptHead>`
    select origin, size, note, key from outbox_ledger_heads
    where line = (select max(line) from outbox_ledger_heads) order by size
  `.execute(db);
  const { rows: openings } = await sql<LedgerHistory['openings'][number]>`
    select origin, previous_origin as "previousOrigin", opened_at_ms as "openedAtMs" from outbox_ledger_epochs
  `.execute(db);
  const now = kept === null ? null : keptHead(kept);
  return { heads: now === null ? heads : [...heads.filter(({ note }) => note !== now.note), now], openings };
}

/** Keeps a checkpoint that was checked against those before it, or, on a new line, accepted by a person. */
export async function keepHead(tx: Db, ledger: KeptLedger, atMs: EpochMs, onNewLine = false): Promise<void> {
  const head = keptHead(ledger);
  const { rows } = await sql<{ line: number | null }>`select max(line) as line from outbox_ledger_heads`.execute(tx);
  const line = (rows[0]?.line ?? 0) + (onNewLine ? 1 : 0);
  await sql`
    insert or replace into outbox_ledger_heads (line, origin, size, note, key, seen_at_ms)
    values (${line}, ${head.origin}, ${head.size}, ${head.note}, ${head.key}, ${atMs})
  `.execute(tx);
  const counted = await sql<{ count: number }>`select count(*) as count from outbox_ledger_heads`.execute(tx);
  if ((counted.rows[0]?.count ?? 0) <= MANY) return;
  for (const { olderMs, spanMs } of OLDER) await thin(tx, atMs - olderMs, spanMs);
}

export async function keepOpenings(tx: Db, openings: readonly EpochOpening[], atMs: EpochMs): Promise<void> {
  for (const { origin, previousOrigin, openedAtMs, canonical } of openings)
    await sql`
      insert or ignore into outbox_ledger_epochs (origin, previous_origin, opened_at_ms, canonical, seen_at_ms)
      values (${origin}, ${previousOrigin}, ${openedAtMs}, ${canonical}, ${atMs})
    `.execute(tx);
}

/** Leaves the newest of each span, of each name. */
async function thin(tx: Db, beforeMs: EpochMs, spanMs: DurationMs): Promise<void> {
  await sql`
    delete from outbox_ledger_heads where seen_at_ms <= ${beforeMs} and rowid not in (
      select max(rowid) from outbox_ledger_heads group by line, origin, seen_at_ms / ${sql.lit(spanMs)}
    )
  `.execute(tx);
}

function keptHead({ key, checkpoint }: KeptLedger): KeptHead {
  const { origin, size } = openKept(key, checkpoint);
  return { origin, size, note: checkpoint, key };
}

/** Opens a checkpoint that was kept here. Throws when somebody changed it. */
export function openKept(key: string, note: string): Checkpoint {
  const publicKey = readPublicKey(key);
  const opened = publicKey === null ? null : openCheckpoint(note, publicKey);
  if (opened === null || !opened.ok) throw new Error('the kept checkpoint of the ledger was changed');
  return opened.value;
}
