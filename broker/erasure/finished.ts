// What each erasure reached, kept when it is carried out, and what of it is still open: work of this broker that only
// follows, and desktops that nobody has heard of since. Numbers and pseudonyms, never a name or a word.
import { z } from 'zod';
import { newId } from '#broker/ids.ts';
import type { Reader, Tx } from '#broker/store.ts';
import { ERASURE_PLACES } from '#shared/contracts/erasure-api.ts';
import type { DeviceId, SubjectId } from '#shared/domain/identity.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { countReach, type Reached, type Whose } from './places.ts';
import type { ErasureRow } from './tables.ts';

type Erasing = Whose & { readonly change: string | null; readonly agreedBy: ErasureRow['agreed_by'] };

/** To be called first: what is counted is what stands there before anything is erased. */
export async function recordReach(tx: Tx, erasing: Erasing, nowMs: EpochMs): Promise<void> {
  const { subjects, change, agreedBy } = erasing;
  const devices = await tx.selectFrom('devices').select('id').distinct().where('subject', 'in', subjects).execute();
  const reached = (await countReach(tx, erasing)).filter(({ rows }) => rows > 0);
  const row: ErasureRow = {
    id: newId('era'),
    change_id: change,
    agreed_by: agreedBy,
    subjects: JSON.stringify(subjects),
    devices: JSON.stringify(devices.map(({ id }) => id)),
    reached: JSON.stringify(reached),
    at_ms: nowMs,
  };
  await tx.insertInto('erasures').values(row).execute();
}

export type Finished = {
  readonly id: string;
  readonly atMs: EpochMs;
  readonly agreedBy: ErasureRow['agreed_by'];
  readonly people: readonly SubjectId[];
  readonly accounts: string[];
  readonly reached: Reached[];
  readonly settled: boolean;
  readonly desktops: number;
  readonly desktopsOpen: number;
};

const MOST = 200;
const idsSchema = z.array(z.string());
const reachedSchema = z.array(z.object({ place: z.enum(ERASURE_PLACES), rows: z.int() }));

/** The newest first. */
export async function finishedErasures(db: Reader): Promise<readonly Finished[]> {
  const rows = await db.selectFrom('erasures').selectAll().orderBy('at_ms', 'desc').orderBy('id').limit(MOST).execute();
  const open = await db.selectFrom('erased_subjects').select('subject').where('settled_at_ms', 'is', null).execute();
  const unsettled = new Set(open.map(({ subject }) => subject));
  const onlineAtMs = await lastOnline(db);
  const agreed = await agreedBy(db, rows);
  return rows.map((row) => {
    const atMs = toWholeNumber(row.at_ms);
    const accounts = idsSchema.parse(JSON.parse(row.subjects));
    const devices = idsSchema.parse(JSON.parse(row.devices));
    return {
      id: row.id,
      atMs,
      agreedBy: row.agreed_by,
      people: agreed.get(row.change_id ?? '') ?? [],
      accounts,
      reached: reachedSchema.parse(JSON.parse(row.reached)),
      settled: !accounts.some((account) => unsettled.has(account)),
      desktops: devices.length,
      desktopsOpen: devices.filter((device) => onlineAtMs(device) <= atMs).length,
    };
  });
}

/**
 * By device, when it last proved its key: it sent of its log, or came with an account that the broker did not know there.
 * Each time it connects, a desktop asks who was erased before it shows anything.
 */
async function lastOnline(db: Reader): Promise<(device: DeviceId) => EpochMs> {
  const logs = await db.selectFrom('desktop_logs').select(['origin', 'heard_at_ms']).execute();
  const heard = new Map(logs.map((row) => [row.origin, toWholeNumber(row.heard_at_ms)]));
  const devices = await db
    .selectFrom('devices')
    .select((eb) => ['id', eb.fn.max<number>('enrolled_at_ms').as('enrolled')])
    .groupBy('id')
    .execute();
  const enrolled = new Map(devices.map((row) => [row.id, toWholeNumber(row.enrolled)]));
  return (device) => Math.max(heard.get(outboxOrigin(device)) ?? 0, enrolled.get(device) ?? 0);
}

/** By change: who proposed it, then who agreed. */
async function agreedBy(db: Reader, rows: readonly ErasureRow[]): Promise<ReadonlyMap<string, readonly SubjectId[]>> {
  const changes = rows.flatMap(({ change_id }) => change_id ?? []);
  if (changes.length === 0) return new Map();
  const answers = await db
    .selectFrom('change_answers')
    .innerJoin('held_changes', 'held_changes.id', 'change_answers.change_id')
    .select(['change_id', 'subject', 'proposed_by'])
    .where('change_id', 'in', changes)
    .where('agree', '=', 1)
    .orderBy('answered_at_ms')
    .execute();
  const byChange = Map.groupBy(answers, ({ change_id }) => change_id);
  return new Map(
    [...byChange].map(([change, all]) => {
      const first = all.filter(({ subject, proposed_by }) => subject === proposed_by);
      const others = all.filter(({ subject, proposed_by }) => subject !== proposed_by);
      return [change, [...first, ...others].map(({ subject }) => subject)];
    }),
  );
}
