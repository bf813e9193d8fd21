// Prunes the bodies of old ledger records, with a record of how far. Stays: what a legal hold is about, what still runs or
// is not examined, and what a sink has not delivered yet.
import { sql } from 'kysely';
import { brokerEvent } from '#broker/ledger/broker-event.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import type { Tx } from '#broker/store.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { pruneRecords, type Pruned } from '#shared/log/prune.ts';
import type { DeliveredUpTo } from '#shared/sinks/sinks.ts';
import { heldSubjects } from './held-subjects.ts';
import type { PruneDeps } from './prune-words.ts';

const AT_ONCE = 500;

/** Sequence numbers below this one every sink has; null: there are no sinks. Asked anew before each step. */
export type DeliveredBelow = () => Promise<number | null>;

/** A sink that is still in an epoch before a restore says nothing of this one: then nothing is pruned. */
export function deliveredBelow(delivered: DeliveredUpTo, epoch: number): number | null {
  switch (delivered.kind) {
    case 'no_sinks':
      return null;
    case 'nothing':
      return 0;
    case 'up_to':
      return delivered.cursor.epoch === epoch ? delivered.cursor.sequence + 1 : 0;
  }
}

/** Gives how many records lost their bodies. */
export async function pruneLedger(deps: PruneDeps, beforeMs: EpochMs, delivered: DeliveredBelow): Promise<number> {
  let records = 0;
  for (;;) {
    const belowSequence = (await delivered()) ?? Number.MAX_SAFE_INTEGER;
    const pruned = await deps.store.transaction(async (tx) => await pruneSome(deps, tx, { beforeMs, belowSequence }));
    records += pruned?.records ?? 0;
    if (pruned === null || pruned.records < AT_ONCE) return records;
  }
}

type Bounds = { readonly beforeMs: EpochMs; readonly belowSequence: number };

async function pruneSome(deps: PruneDeps, tx: Tx, { beforeMs, belowSequence }: Bounds): Promise<Pruned | null> {
  const held = sql.join(await heldSubjects(deps, tx));
  const keep = sql<boolean>`
    actor in (${held}) or (subject is not null and subject in (${held}))
    or (grant_id is not null and grant_id in (
      select id from grants where state != 'ended' or examined_at_ms is null
    ))
    or (request_id is not null and request_id in (select id from requests where state in ('pending', 'approved')))
  `;
  const size = deps.ledger.size();
  const pruned = await pruneRecords(tx, LEDGER_TABLES, { beforeMs, belowSequence, size, limit: AT_ONCE, keep });
  if (pruned === null) return null;
  await deps.ledger.append(
    tx,
    brokerEvent('records.pruned', deps.clock.now(), {
      beforeMs,
      records: pruned.records,
      lastSequence: pruned.lastSequence,
    }),
  );
  return pruned;
}
