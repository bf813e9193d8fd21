// Writes the earlier epochs of desktops' logs as exports of their own: out of a desktop's database, or out of a broker's,
// which has those of all desktops. Reads only, signs nothing.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type LogLine, writeExport } from '#shared/audit/export.ts';
import { claimedLeaf } from '#shared/audit/export-record.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { EARLIER_FOLDER } from '#shared/audit/verify-chain.ts';
import { deviceOfOrigin } from '#shared/domain/outbox-origin.ts';
import type { Db } from '#shared/log/log-store.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';

type StoredNumber = number | string;

type Epoch = {
  readonly origin: string;
  readonly epoch: StoredNumber;
  readonly checkpoint: string | null;
  /** Absent: a database of a version that did not keep it. */
  readonly public_key?: string | null;
};

/** `skipped`: epochs whose key was not kept, so that nobody could verify them. */
export type Written = { readonly written: number; readonly skipped: readonly string[] };

const PAGE = 1000;

/** Of a desktop, beside the export of its last epoch in `folder`. `now`: the origin and key of that one. */
export async function exportEarlier(
  db: Db,
  folder: string,
  now: { readonly origin: string; readonly publicKeyPem: string },
): Promise<Written> {
  const { rows } = await sql<Epoch>`select * from outbox_old_epochs order by rowid`.execute(db);
  const epochs = rows.map((epoch) => ({
    ...epoch,
    public_key: epoch.public_key ?? (epoch.origin === now.origin ? now.publicKeyPem : null),
  }));
  return await writeAll(db, 'outbox_old_records', { folder: join(folder, EARLIER_FOLDER), epochs });
}

/** Of every desktop that ever sent something: its last epoch in a folder of its own, those before it below. */
export async function exportDesktops(db: Db, folder: string): Promise<readonly string[]> {
  const { rows } = await sql<Epoch>`
    select origin, epoch, checkpoint, public_key from desktop_epochs order by origin, epoch
  `.execute(db);
  const folders: string[] = [];
  for (const [origin, epochs] of Map.groupBy(rows, (row) => row.origin)) {
    const [last] = epochs.slice(-1);
    const device = deviceOfOrigin(origin);
    if (last === undefined || device === null) continue;
    const own = join(folder, device);
    await writeAll(db, 'desktop_records', { folder: join(own, EARLIER_FOLDER), epochs: epochs.slice(0, -1) });
    await writeOne(db, 'desktop_records', last, own);
    folders.push(own);
  }
  return folders;
}

type Records = 'desktop_records' | 'outbox_old_records';
type Wanted = { readonly folder: string; readonly epochs: readonly Epoch[] };

async function writeAll(db: Db, table: Records, { folder, epochs }: Wanted): Promise<Written> {
  // Those of another export that went there before are not of this one.
  await rm(folder, { recursive: true, force: true });
  const skipped: string[] = [];
  let written = 0;
  for (const epoch of epochs) {
    // One in which nothing was ever signed is empty.
    if (epoch.checkpoint === null) continue;
    if (await writeOne(db, table, epoch, join(folder, String(written + 1)))) written += 1;
    else skipped.push(`epoch ${epoch.epoch} of ${epoch.origin}`);
  }
  return { written, skipped };
}

async function writeOne(db: Db, table: Records, epoch: Epoch, folder: string): Promise<boolean> {
  const { checkpoint, public_key: publicKeyPem = null } = epoch;
  if (checkpoint === null || publicKeyPem === null) return false;
  await writeExport({ folder, lines: linesOf(db, table, epoch), checkpoint, publicKeyPem });
  return true;
}

type Row = { readonly sequence: StoredNumber; readonly canonical: string };

async function* linesOf(db: Db, table: Records, { origin, epoch }: Epoch): AsyncGenerator<readonly LogLine[]> {
  for (let next = 0; ;) {
    const { rows } = await sql<Row>`
      select sequence, canonical from ${sql.table(table)}
      where origin = ${origin} and epoch = ${epoch} and sequence >= ${next} order by sequence limit ${PAGE}
    `.execute(db);
    yield rows.map(({ canonical: text }) => ({ text, leaf: claimedLeaf({ text, leaf: leafHash(Buffer.from(text)) }) }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    next = toWholeNumber(last.sequence) + 1;
  }
}
