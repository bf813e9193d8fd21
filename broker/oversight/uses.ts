// What went through the gateway under a grant, read from the ledger: how often, how much, when last, and when.
import { z } from 'zod';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import type { LedgerRecord } from '#broker/ledger/ledger.ts';
import { HOUR_MS, type EpochMs } from '#shared/domain/time.ts';

export type Uses = {
  readonly count: number;
  readonly bytesOut: number;
  readonly lastUsedAtMs: EpochMs | null;
  /** The first use of each hour, oldest first; of at most `MOST_HOURS` hours. */
  readonly momentsMs: readonly EpochMs[];
};

const MOST_HOURS = 24 * 31;
const PAGE = 1000;
const endSchema = z.object({ unmapped: z.object({ data: z.object({ bytesOut: z.number().nullable() }) }) });

/** Reads every record of the grant, in pages. Those of a moment ago may be missing: `settled` first, to be sure of them. */
export async function readUses({ ledger }: Pick<AccessDeps, 'ledger'>, grantId: string): Promise<Uses> {
  const counted = {
    count: 0,
    bytesOut: 0,
    lastUsedAtMs: null as EpochMs | null,
    firstOfHour: new Map<number, EpochMs>(),
  };
  for (let after = -1; ;) {
    const records = await ledger.records({ grantId, afterSequence: after, limit: PAGE, asAnnounced: true });
    for (const record of records) {
      if (record.kind === 'use.started') {
        counted.count += 1;
        counted.lastUsedAtMs = Math.max(counted.lastUsedAtMs ?? 0, record.atMs);
        const hour = Math.floor(record.atMs / HOUR_MS);
        if (counted.firstOfHour.size < MOST_HOURS && !counted.firstOfHour.has(hour))
          counted.firstOfHour.set(hour, record.atMs);
      } else counted.bytesOut += bytesOf(record);
    }
    const last = records.at(-1);
    if (last === undefined || records.length < PAGE) break;
    after = last.sequence;
  }
  const { count, bytesOut, lastUsedAtMs, firstOfHour } = counted;
  return { count, bytesOut, lastUsedAtMs, momentsMs: [...firstOfHour.values()].toSorted((a, b) => a - b) };
}

/** A call that a crash cut says no number: it counts as none. */
function bytesOf({ kind, canonical }: LedgerRecord): number {
  if (kind !== 'use.finished' && kind !== 'use.interrupted') return 0;
  const read = endSchema.safeParse(JSON.parse(canonical));
  return read.success ? (read.data.unmapped.data.bytesOut ?? 0) : 0;
}
