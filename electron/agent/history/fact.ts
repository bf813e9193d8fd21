// One record of a log as a line of the History screen: ids and plain values only, cleaned.
import { z } from 'zod';
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import { cleanLine } from '../clean-text.ts';

const recordSchema = z.object({
  metadata: z.object({ event_code: z.string() }),
  status_id: z.int(),
  time: z.number(),
  unmapped: z.object({
    data: z.record(z.string(), z.unknown()).default({}),
    grant_id: z.string().nullable(),
    resource: z.string().nullable(),
  }),
});

const FAILED = 2;
const MOST_DETAILS = 16;

/** Null: not a record that this version reads. */
export function readFact(id: string, record: unknown): HistoryFact | null {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) return null;
  const { metadata, status_id: statusId, time, unmapped } = parsed.data;
  return {
    id,
    atMs: time,
    kind: cleanLine(metadata.event_code, 80),
    outcome: statusId === FAILED ? 'failure' : 'success',
    resource: unmapped.resource === null ? null : cleanLine(unmapped.resource, 80),
    grantId: unmapped.grant_id,
    details: Object.fromEntries(
      Object.entries(unmapped.data)
        .slice(0, MOST_DETAILS)
        .flatMap(([name, value]) => {
          const plain = plainValue(value);
          return plain === undefined ? [] : [[cleanLine(name, 40), plain] as const];
        }),
    ),
  };
}

function plainValue(value: unknown): string | number | boolean | null | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return cleanLine(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return cleanLine(value.join(', '));
  return undefined;
}
