// Ends an epoch of the log and begins the next, in one transaction: the old tree is put away, the new one's first
// record names what a receiver witnessed of it, and what it is not known to have witnessed follows. Nothing is dropped.
import { sql } from 'kysely';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { unplace } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import type { Clock } from '#shared/domain/time.ts';
import { bulkInsert, type Row } from '#shared/log/bulk-insert.ts';
import { intakeWriter, takeIntake } from '#shared/log/intake.ts';
import { LogError } from '#shared/log/log-error.ts';
import { INDEX_COLUMNS } from '#shared/log/log-tables.ts';
import { FIRST_EPOCH, readState } from '#shared/log/open-state.ts';
import { isPrunedLine } from '#shared/log/prune.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { CarryFrom, NextEpoch, OutboxTx } from './outbox.ts';
import { ofDesktop } from './keep-watched.ts';
import { owe } from './owed.ts';
import { prunedIds } from './pruned-ids.ts';
import { alarmOfLoss, newlyLost } from './records-lost.ts';
import { readKnown } from './sync-row.ts';
import { OUTBOX_TABLES } from './tables.ts';

/** What both keys signed where the key was changed. */
export type Handover = OutboxData['log.key_taken_over'];

export type EpochParts = { readonly signer: LogSigner; readonly clock: Clock; readonly bootId: string };

const { state: STATE, intake: INTAKE, records: RECORDS, subtrees: SUBTREES } = OUTBOX_TABLES;
const insertIntake = bulkInsert(INTAKE, [...INDEX_COLUMNS, 'head', 'tail']);
const writeIntake = intakeWriter<OutboxTx, OutboxEvent>(OUTBOX_TABLES, () => Promise.resolve(null));
const ALL = Number.MAX_SAFE_INTEGER;

/** The log must be closed meanwhile, so that nothing is sequenced. */
export async function startEpoch(
  tx: OutboxTx,
  next: NextEpoch,
  { signer, clock, bootId }: EpochParts,
  handover: Handover | null = null,
): Promise<void> {
  const before = await readState(tx, OUTBOX_TABLES);
  if (before === null) throw new LogError('empty', 'there is no epoch that another one could follow');
  const origin = outboxOrigin(signer.publicKey.thumbprint);
  const waiting = (await takeIntake(tx, OUTBOX_TABLES, ALL)).map(({ index, head, tail }): Row => [
    ...index,
    head,
    tail,
  ]);
  await putAway(tx, before.origin, toWholeNumber(before.epoch));
  const { rows: carried, lost } =
    next.carryFrom === null ? NOTHING : await recordsToCarry(tx, before.origin, next.carryFrom, next.except);
  await sql`
    update ${sql.table(STATE)} set origin = ${origin}, epoch = ${next.epoch}, size = 0, checkpoint = null,
      key_fingerprint = ${signer.publicKey.fingerprint}
  `.execute(tx);
  const about = ofDesktop(clock.now());
  const data = {
    code: next.code,
    previousOrigin: before.origin,
    previousEpoch: next.witnessed.epoch,
    witnessed: { size: next.witnessed.size, root: next.witnessed.root },
    carried: carried.length,
  };
  const opening: OutboxEvent[] = [{ ...about, kind: 'epoch.opened', data }];
  if (handover !== null) opening.push({ ...about, kind: 'log.key_taken_over', data: handover });
  await writeIntake(tx, opening, { origin, epoch: next.epoch, bootId });
  await insertIntake(tx, carried);
  await insertIntake(tx, waiting);
  const newly = await newlyLost(tx, lost);
  if (newly > 0) {
    const name = { origin, epoch: next.epoch };
    await writeIntake(tx, [await alarmOfLoss(tx, name, newly, clock.now())], { ...name, bootId });
  }
}

/** The device key is another one: the log goes on under the new name. What is not known to be witnessed is owed. */
export async function takeNewKey(tx: OutboxTx, parts: EpochParts): Promise<void> {
  const before = await readState(tx, OUTBOX_TABLES);
  if (before === null) throw new LogError('empty', 'there is no log that another key could go on with');
  const counted = { origin: before.origin, epoch: toWholeNumber(before.epoch) };
  const { cursor, witnessedRoot } = await readKnown(tx, counted);
  await startEpoch(
    tx,
    {
      code: 'new_key',
      epoch: 1 + (await lastEpoch(tx, outboxOrigin(parts.signer.publicKey.thumbprint))),
      witnessed: { epoch: counted.epoch, size: cursor, root: witnessedRoot },
      carryFrom: null,
      except: new Set(),
    },
    parts,
  );
  await owe(tx, { ...counted, sequence: cursor });
}

/** The key may have been this desktop's before. */
export async function lastEpoch(tx: OutboxTx, origin: string): Promise<number> {
  const { rows } = await sql<{ last: number | null }>`
    select max(epoch) as last from outbox_old_epochs where origin = ${origin}
  `.execute(tx);
  return rows[0]?.last ?? FIRST_EPOCH - 1;
}

/**
 * Rows for the intake, each record once, in the order in which they were written: of two branches of an epoch, and of
 * what one epoch carried over from another, the first place counts. Their old name is written over when they get their
 * new place.
 */
async function recordsToCarry(
  tx: OutboxTx,
  origin: string,
  { epoch, sequence }: CarryFrom,
  except: ReadonlySet<string>,
): Promise<ToCarry> {
  const { rows } = await sql<{ canonical: string }>`
    select canonical from outbox_old_records
    where origin = ${origin} and (epoch > ${epoch} or (epoch = ${epoch} and sequence >= ${sequence}))
    order by epoch, sequence
  `.execute(tx);
  const seen = new Set(except);
  const carried = new Map<string, Row>();
  for (const { canonical } of rows) {
    if (isPrunedLine(canonical)) continue;
    const fields = readRecord(canonical);
    if (fields === null) throw new LogError('damaged', 'a record of an old epoch is not one of ours');
    const { uid, kind, atMs, actor, subject, resource, requestId, grantId } = fields;
    if (seen.has(uid)) continue;
    seen.add(uid);
    const { head, tail } = unplace(canonical);
    carried.set(uid, [kind, atMs, actor, subject, resource, requestId, grantId, head, tail]);
  }
  const placed = await idsAsWritten(tx, origin);
  const pruned = (await prunedIds(tx, origin, { epoch, sequence })).map(({ uid }) => uid);
  return {
    rows: [...placed].flatMap((uid): Row[] => {
      const row = carried.get(uid);
      return row === undefined ? [] : [row];
    }),
    // A copy that an earlier epoch carried over may be whole still.
    lost: new Set(pruned.filter((uid) => !seen.has(uid))),
  };
}

/** `lost`: ids of what would have to follow and is pruned. */
type ToCarry = { readonly rows: readonly Row[]; readonly lost: ReadonlySet<string> };
const NOTHING: ToCarry = { rows: [], lost: new Set() };

async function idsAsWritten(tx: OutboxTx, origin: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ uid: string }>`
    select coalesce(p.uid, json_extract(r.canonical, '$.metadata.uid')) as uid from outbox_old_records as r
    left join outbox_pruned as p on p.origin = r.origin and p.epoch = r.epoch and p.sequence = r.sequence
    where r.origin = ${origin} order by r.epoch, r.sequence
  `.execute(tx);
  return new Set(rows.map(({ uid }) => uid));
}

async function putAway(tx: OutboxTx, origin: string, epoch: number): Promise<void> {
  await sql`
    insert into outbox_old_epochs (origin, epoch, size, checkpoint, public_key)
    select origin, epoch, size, checkpoint, public_key from ${sql.table(STATE)}
  `.execute(tx);
  await sql`
    insert into outbox_old_records (origin, epoch, sequence, canonical)
    select ${origin}, ${epoch}, sequence, canonical from ${sql.table(RECORDS)}
  `.execute(tx);
  await sql`delete from ${sql.table(RECORDS)}`.execute(tx);
  await sql`delete from ${sql.table(SUBTREES)}`.execute(tx);
}
