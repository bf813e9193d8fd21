// Prunes the bodies of the desktop's own old records, at most once a day and on record. A body goes only when it is
// older than what is kept, the receiver has had and cosigned it for a safety span, and every sink has it.
import { sql } from 'kysely';
import { leafHash } from '#shared/audit/merkle.ts';
import { type Clock, DAY_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { isPrunedColumn, KEPT_KINDS, type Pruned, prunedLine, pruneRecords } from '#shared/log/prune.ts';
import type { DeliveredUpTo } from '#shared/sinks/sinks.ts';
import { epochOf, readEpochs, sharedUpTo, type StoredEpoch } from './all-epochs.ts';
import { DELIVERY_TABLES } from '../sinks/tables.ts';
import { ofDesktop } from './keep-watched.ts';
import type { Outbox, OutboxStore, OutboxTx, SignedLog } from './outbox.ts';
import { isOwed } from './owed.ts';
import { keepIds } from './pruned-ids.ts';
import { type Known, readKnown } from './sync-row.ts';
import { OUTBOX_TABLES } from './tables.ts';
import { keepTaken, lastTakenAt, takenSince } from './taken.ts';

/** A receiver that is put back to a younger backup than this can be given everything again. */
export const SAFETY_SPAN_MS: DurationMs = 30 * DAY_MS;
/** One transaction that holds up others for a moment only; what is more goes on the next day. */
const MOST_A_DAY = 5000;

export type PruneParts = {
  readonly store: OutboxStore;
  readonly outbox: Pick<Outbox, 'log' | 'append'>;
  readonly clock: Clock;
  readonly delivered: () => Promise<DeliveredUpTo>;
};

/** Prunes what is older than `keepMs`; null: only looks what the receiver has. Gives how many bodies went. */
export async function pruneOutbox(parts: PruneParts, keepMs: DurationMs | null): Promise<number> {
  const { store, outbox, clock } = parts;
  const log = outbox.log();
  if (log === null) return 0;
  const lastMs = await lastTakenAt(store.read, log);
  const nowMs = clock.now();
  if (lastMs !== null && nowMs >= lastMs && nowMs - lastMs < DAY_MS) return 0;
  // Asked before the transaction: what more was delivered meanwhile goes the next day.
  const delivered = await parts.delivered();
  return await store.transaction(async (tx) => {
    const known = await readKnown(tx, log);
    const taken = takenNow(known);
    const matured = Math.min(taken, await takenSince(tx, log, nowMs - SAFETY_SPAN_MS));
    if (taken > 0) await keepTaken(tx, log, taken, nowMs);
    if (keepMs === null || matured === 0) return 0;
    return await pruneTaken(tx, parts, { log, matured, delivered, beforeMs: nowMs - keepMs });
  });
}

/** While an alarm stands nothing of the receiver's is believed. */
function takenNow({ alarm, cursor, cosigned }: Known): number {
  return alarm === null ? Math.min(cursor, cosigned?.records ?? 0) : 0;
}

type Bounds = {
  readonly log: SignedLog;
  /** So many records of this epoch the receiver has had for the safety span. */
  readonly matured: number;
  readonly delivered: DeliveredUpTo;
  readonly beforeMs: EpochMs;
};

async function pruneTaken(tx: OutboxTx, { outbox, clock }: PruneParts, bounds: Bounds): Promise<number> {
  const { log, beforeMs } = bounds;
  const epochs = await readEpochs(tx);
  const here = await pruneCurrent(tx, epochs, bounds);
  const room = MOST_A_DAY - (here?.records ?? 0);
  const oldRecords = (await isCarriedTaken(tx, bounds.matured)) ? await pruneOld(tx, epochs, { ...bounds, room }) : 0;
  const records = here?.records ?? 0;
  if (records + oldRecords === 0) return 0;
  if (here !== null) await keepIds(tx, log, here.bodies);
  const data = { beforeMs, records, oldRecords, lastSequence: here?.lastSequence ?? -1 };
  await outbox.append(tx, { ...ofDesktop(clock.now()), kind: 'log.pruned', data });
  return records + oldRecords;
}

async function pruneCurrent(
  tx: OutboxTx,
  epochs: readonly StoredEpoch[],
  { log, matured, delivered, beforeMs }: Bounds,
): Promise<Pruned | null> {
  const belowSequence = Math.min(matured, deliveredOf(epochs, epochOf(epochs, log), delivered));
  const keep = refusedBySinks(log.origin, log.epoch);
  return await pruneRecords(tx, OUTBOX_TABLES, {
    beforeMs,
    belowSequence,
    size: log.size(),
    limit: MOST_A_DAY,
    keep,
  });
}

function deliveredOf(epochs: readonly StoredEpoch[], index: number, delivered: DeliveredUpTo): number {
  switch (delivered.kind) {
    case 'no_sinks':
      return Number.MAX_SAFE_INTEGER;
    case 'nothing':
      return 0;
    case 'up_to':
      return index < 0 ? 0 : sharedUpTo(epochs, index, delivered.cursors);
  }
}

/** A sink refused them for good, and may be given them once more when it was mended. */
function refusedBySinks(origin: string, epoch: number) {
  return sql<boolean>`sequence in (
    select sequence from ${sql.table(DELIVERY_TABLES.deadLetters)} where origin = ${origin} and epoch = ${epoch}
  )`;
}

/** What the receiver had not witnessed of earlier epochs was carried into this one: it must have had all of that. */
async function isCarriedTaken(tx: OutboxTx, matured: number): Promise<boolean> {
  const { rows } = await sql<{ carried: number | null }>`
    select json_extract(canonical, '$.unmapped.data.carried') as carried from ${sql.table(OUTBOX_TABLES.records)}
    where sequence = 0 and kind = 'epoch.opened'
  `.execute(tx);
  const carried = rows[0]?.carried ?? null;
  // Under another key it is owed until the receiver was asked.
  return carried !== null && matured > carried && !(await isOwed(tx));
}

type OldBounds = Bounds & { readonly room: number };

async function pruneOld(tx: OutboxTx, epochs: readonly StoredEpoch[], bounds: OldBounds): Promise<number> {
  let pruned = 0;
  for (const [index, epoch] of epochs.entries()) {
    if (epoch.isCurrent || pruned >= bounds.room) continue;
    const below = deliveredOf(epochs, index, bounds.delivered);
    pruned += await pruneOldEpoch(tx, epoch, { below, beforeMs: bounds.beforeMs, limit: bounds.room - pruned });
  }
  return pruned;
}

type OldEpochBounds = { readonly below: number; readonly beforeMs: EpochMs; readonly limit: number };

async function pruneOldEpoch(
  tx: OutboxTx,
  { origin, epoch }: StoredEpoch,
  { below, beforeMs, limit }: OldEpochBounds,
): Promise<number> {
  const { rows } = await sql<{ sequence: number; canonical: string }>`
    select sequence, canonical from outbox_old_records
    where origin = ${origin} and epoch = ${epoch} and sequence < ${below} and not ${isPrunedColumn('canonical')}
      and json_extract(canonical, '$.time') < ${beforeMs}
      and json_extract(canonical, '$.metadata.event_code') not in (${sql.join(KEPT_KINDS)})
      and not (${refusedBySinks(origin, epoch)})
    order by sequence limit ${limit}
  `.execute(tx);
  await keepIds(tx, { origin, epoch }, rows);
  for (const { sequence, canonical } of rows) {
    const line = prunedLine(leafHash(Buffer.from(canonical)));
    await sql`
      update outbox_old_records set canonical = ${line}
      where origin = ${origin} and epoch = ${epoch} and sequence = ${sequence}
    `.execute(tx);
  }
  return rows.length;
}
