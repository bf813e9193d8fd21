// What must hold whenever everybody is dead at once: no desktop believes that the broker has what it does not have. A
// later call would mend such a belief, so the end of a run does not show it.
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Cast } from './act.ts';
import { lookAt } from './disks.ts';

export type SeenAtCuts = {
  /** By origin and epoch: the most that the broker ever had of it. */
  readonly stored: Map<string, number>;
  /** By origin and epoch: how many records an epoch after the first began with, because of what befell a desktop. */
  readonly carried: Map<string, number>;
  readonly faults: string[];
};

export function createSeenAtCuts(): SeenAtCuts {
  return { stored: new Map(), carried: new Map(), faults: [] };
}

const known = z.object({ name: z.string(), count: z.number() });

/** Before any disk is changed. */
export function lookAtCut({ broker, desktops }: Cast, seen: SeenAtCuts): void {
  // A database of its own server is not looked at while it runs.
  if (broker.store.kind !== 'sqlite') return;
  const { stored, opened } = lookAt(broker.store.path, (db) => ({
    stored: rows(db, STORED),
    opened: rows(db, OPENED),
  }));
  for (const { name, count } of stored) seen.stored.set(name, Math.max(count, seen.stored.get(name) ?? 0));
  for (const { name, count } of opened) seen.carried.set(name, count);
  for (const desktop of desktops)
    for (const { name, count } of lookAt(desktop.database, (db) => rows(db, BELIEVED))) {
      const has = seen.stored.get(name) ?? 0;
      if (count > has) seen.faults.push(`${desktop.name} believes that ${count} records have come, of ${has}`);
    }
}

const NAME = `origin || ' ' || epoch as name`;
const STORED = `select ${NAME}, size as count from desktop_epochs`;
const OPENED = `select ${NAME}, json_extract(canonical, '$.unmapped.data.carried') as count from desktop_records
  where sequence = 0 and canonical like '%"event_code":"epoch.opened"%'`;
const BELIEVED = `select ${NAME}, cursor as count from outbox_sync`;

/** A process that was killed in its first start may have left no tables. */
function rows(db: DatabaseSync, select: string): readonly z.infer<typeof known>[] {
  const [, table = ''] = /from (\w+)/.exec(select) ?? [];
  const exists = db.prepare('select 1 from sqlite_master where name = ?').get(table) !== undefined;
  return exists ? z.array(known).parse(db.prepare(select).all()) : [];
}
