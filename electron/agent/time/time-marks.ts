// The one row of time marks in the agent's database.
import type { Kysely } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';
import type { Store } from '#shared/store/store.ts';
import type { ClockJump, TimeMarks } from './trusted-time.ts';

export type TimeTables = {
  time_marks: {
    id: 1;
    boot_id: string;
    wall_ms: number;
    boot_ms: number;
    high_water_ms: number | null;
    anchored: number;
    jump_by_ms: number | null;
    jump_at_ms: number | null;
  };
};

async function createTimeMarks(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('time_marks')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('boot_id', 'text', (column) => column.notNull())
    .addColumn('wall_ms', 'integer', (column) => column.notNull())
    .addColumn('boot_ms', 'integer', (column) => column.notNull())
    .addColumn('high_water_ms', 'integer')
    .addColumn('anchored', 'integer', (column) => column.notNull())
    .execute();
}

async function addJump(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('time_marks').addColumn('jump_by_ms', 'integer').execute();
  await db.schema.alterTable('time_marks').addColumn('jump_at_ms', 'integer').execute();
}

export const timeMigrations: Migrations = {
  'time-0001-marks': { up: createTimeMarks },
  'time-0002-jump': { up: addJump },
};

/** The jump that nobody had answered when the marks were written. */
export async function readJump(store: Store<TimeTables>): Promise<ClockJump | null> {
  const row = await store.read.selectFrom('time_marks').selectAll().where('id', '=', 1).executeTakeFirst();
  const { jump_by_ms: byMs, jump_at_ms: atMs } = row ?? {};
  return byMs == null || atMs == null ? null : { byMs, atMs };
}

export async function readTimeMarks(store: Store<TimeTables>): Promise<TimeMarks | null> {
  const row = await store.read.selectFrom('time_marks').selectAll().where('id', '=', 1).executeTakeFirst();
  if (row === undefined) return null;
  return {
    bootId: row.boot_id,
    wallMs: row.wall_ms,
    bootMs: row.boot_ms,
    highWaterMs: row.high_water_ms,
    anchored: row.anchored === 1,
  };
}

export async function writeTimeMarks(
  store: Store<TimeTables>,
  marks: TimeMarks,
  jump: ClockJump | null,
): Promise<void> {
  const row = {
    boot_id: marks.bootId,
    wall_ms: Math.round(marks.wallMs),
    boot_ms: Math.round(marks.bootMs),
    high_water_ms: marks.highWaterMs === null ? null : Math.round(marks.highWaterMs),
    anchored: marks.anchored ? 1 : 0,
    jump_by_ms: jump === null ? null : Math.round(jump.byMs),
    jump_at_ms: jump === null ? null : Math.round(jump.atMs),
  };
  await store.transaction(async (tx) => {
    await tx
      .insertInto('time_marks')
      .values({ id: 1, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  });
}
