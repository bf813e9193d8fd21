// What must hold whenever everybody is dead at once: no desktop believes that the broker has what it does not have. A
// later call would mend such a belief, so the end of a run does not show it.
import { z } from 'zod';
import type { Cast } from './act.ts';
import { lookAt } from './disks.ts';
import type { Select } from './stored-logs.ts';

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

const known = z.array(z.object({ name: z.string(), count: z.coerce.number() }));
const opened = z.array(z.object({ name: z.string(), canonical: z.string() }));

/** Before any disk is changed. */
export async function lookAtCut({ broker, desktops }: Cast, seen: SeenAtCuts): Promise<void> {
  await broker.disk.look(async (select) => {
    for (const { name, count } of known.parse(await select(STORED)))
      seen.stored.set(name, Math.max(count, seen.stored.get(name) ?? 0));
    for (const { name, canonical } of opened.parse(await select(OPENED))) seen.carried.set(name, carriedIn(canonical));
  });
  for (const desktop of desktops)
    for (const { name, count } of await lookAt(desktop.database)(believed)) {
      const has = seen.stored.get(name) ?? 0;
      if (count > has) seen.faults.push(`${desktop.name} believes that ${count} records have come, of ${has}`);
    }
}

const NAME = `origin || ' ' || epoch as name`;
const STORED = `select ${NAME}, size as count from desktop_epochs`;
const OPENED = `select ${NAME}, canonical from desktop_records
  where sequence = 0 and canonical like '%"event_code":"epoch.opened"%'`;

/** A process that was killed in its first start may have left no tables. */
async function believed(select: Select): Promise<z.infer<typeof known>> {
  const tables = await select(`select 1 from sqlite_master where name = 'outbox_sync'`);
  return tables.length === 0 ? [] : known.parse(await select(`select ${NAME}, cursor as count from outbox_sync`));
}

function carriedIn(canonical: string): number {
  // Written by a desktop, and the tree over it is checked with its log.
  const { unmapped } = JSON.parse(canonical) as { unmapped: { data: { carried: number } } };
  return unmapped.data.carried;
}
