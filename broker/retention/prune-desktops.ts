// Prunes the bodies of old records that desktops sent, with a record of whose logs. Leaf hash and id stay: proofs, forks,
// and what a desktop asks after a restore hold as before. The same stays as of the ledger, and what a fork is about.
import { sql } from 'kysely';
import { readRecord, type RecordFields } from '#shared/audit/record-fields.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { KEPT_KINDS, prunedLine } from '#shared/log/prune.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { Reader, Tx } from '#broker/store.ts';
import { heldSubjects } from './held-subjects.ts';
import type { PruneDeps } from './prune-words.ts';

const AT_ONCE = 500;

export type OldRecord = {
  readonly origin: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly takenAtMs: number;
  readonly leaf: Uint8Array;
  readonly fields: RecordFields | null;
};

/** Gives how many records lost their bodies. */
export async function pruneDesktops(deps: PruneDeps, beforeMs: EpochMs): Promise<number> {
  let pruned = 0;
  let after: OldRecord | null = null;
  for (;;) {
    const last: OldRecord | null = after;
    const step: Step = await deps.store.transaction(async (tx) => await pruneSome(deps, tx, beforeMs, last));
    pruned += step.pruned;
    after = step.next;
    if (after === null) return pruned;
  }
}

type Step = { readonly pruned: number; /** Null: those were the last. */ readonly next: OldRecord | null };

async function pruneSome(deps: PruneDeps, tx: Tx, beforeMs: EpochMs, after: OldRecord | null): Promise<Step> {
  const page = await oldRecords(tx, beforeMs, after);
  const stays = await whatStays(tx, page, await heldSubjects(deps, tx));
  const going = page.filter((row) => !stays(row));
  for (const row of going) await prune(tx, row);
  if (going.length > 0)
    await deps.ledger.append(tx, {
      kind: 'audit.pruned',
      atMs: deps.clock.now(),
      actor: 'broker',
      subject: null,
      resource: null,
      requestId: null,
      grantId: null,
      outcome: 'success',
      data: { beforeMs, records: going.length, logs: byLog(going) },
    });
  return { pruned: going.length, next: page.length < AT_ONCE ? null : (page.at(-1) ?? null) };
}

/**
 * By when they came, which is this broker's own word: by the times in them a desktop could have its records forgotten at
 * once, or never. Of an epoch that a fork contradicts everything is evidence.
 */
export async function oldRecords(
  db: Reader,
  beforeMs: EpochMs,
  after: OldRecord | null,
): Promise<readonly OldRecord[]> {
  const isLater =
    after === null
      ? sql<boolean>`1 = 1`
      : sql<boolean>`(taken_at_ms, r.origin, r.epoch, sequence)
          > (${after.takenAtMs}, ${after.origin}, ${after.epoch}, ${after.sequence})`;
  const rows = await db
    .selectFrom('desktop_records as r')
    .select(['r.origin', 'r.epoch', 'sequence', 'taken_at_ms', 'leaf_hash', 'canonical'])
    .where('uid', 'is', null)
    .where('taken_at_ms', '<', beforeMs)
    .where(isLater)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('desktop_forks as f')
            .select('f.size')
            .whereRef('f.origin', '=', 'r.origin')
            .whereRef('f.epoch', '=', 'r.epoch'),
        ),
      ),
    )
    .orderBy('taken_at_ms')
    .orderBy('r.origin')
    .orderBy('r.epoch')
    .orderBy('sequence')
    .limit(AT_ONCE)
    .execute();
  return rows.map(({ origin, epoch, sequence, taken_at_ms: takenAtMs, leaf_hash: leaf, canonical }) => ({
    origin,
    epoch,
    leaf,
    sequence: toWholeNumber(sequence),
    takenAtMs: toWholeNumber(takenAtMs ?? 0),
    fields: readRecord(canonical),
  }));
}

/** What is about somebody whose data is held, or of a desktop of theirs; and what still runs or is not examined. */
export async function whatStays(
  db: Reader,
  rows: readonly Pick<OldRecord, 'origin' | 'fields'>[],
  held: readonly SubjectId[],
): Promise<(row: Pick<OldRecord, 'origin' | 'fields'>) => boolean> {
  const devices = await db.selectFrom('devices').select('id').where('subject', 'in', held).execute();
  const [people, logs] = [new Set<string>(held), new Set(devices.map(({ id }) => outboxOrigin(id)))];
  const live = await liveIds(db, rows);
  return ({ origin, fields }) => {
    if (fields === null || KEPT_KINDS.some((kind) => kind === fields.kind) || logs.has(origin)) return true;
    const { actor, subject, grantId, requestId } = fields;
    if (people.has(actor) || (subject !== null && people.has(subject))) return true;
    return (grantId !== null && live.has(grantId)) || (requestId !== null && live.has(requestId));
  };
}

async function liveIds(db: Reader, rows: readonly Pick<OldRecord, 'fields'>[]): Promise<ReadonlySet<string>> {
  const ids = (name: 'grantId' | 'requestId'): string[] => [
    ...new Set(['', ...rows.flatMap(({ fields }) => fields?.[name] ?? [])]),
  ];
  const grants = await db
    .selectFrom('grants')
    .select('id')
    .where('id', 'in', ids('grantId'))
    .where((eb) => eb.or([eb('state', '!=', 'ended'), eb('examined_at_ms', 'is', null)]))
    .execute();
  const requests = await db
    .selectFrom('requests')
    .select('id')
    .where('id', 'in', ids('requestId'))
    .where('state', 'in', ['pending', 'approved'])
    .execute();
  return new Set([...grants, ...requests].map(({ id }) => id));
}

async function prune(tx: Tx, { origin, epoch, sequence, leaf, fields }: OldRecord): Promise<void> {
  await tx
    .updateTable('desktop_records')
    .set({ canonical: prunedLine(leaf), uid: fields?.uid ?? '', subject: null })
    .where('origin', '=', origin)
    .where('epoch', '=', epoch)
    .where('sequence', '=', sequence)
    .execute();
}

function byLog(rows: readonly OldRecord[]) {
  const logs = Map.groupBy(rows, ({ origin, epoch }) => `${epoch} ${origin}`);
  return [...logs.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ origin: first.origin, epoch: first.epoch, records: 1 + more.length }],
  );
}
