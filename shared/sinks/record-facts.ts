// What a delivery says about a record beside its exact bytes, read from those bytes.
import { z } from 'zod';
import type { EpochMs } from '../domain/time.ts';
import type { SourcedRecord } from './sinks.ts';

const factsSchema = z.object({
  class_uid: z.int(),
  metadata: z.object({ event_code: z.string(), log_name: z.string() }),
  severity_id: z.int(),
  time: z.int().nonnegative(),
  type_uid: z.int(),
});

export type RecordFacts = {
  readonly kind: string;
  readonly logName: string;
  readonly atMs: EpochMs;
  readonly severityId: number;
  readonly classUid: number;
  readonly typeUid: number;
};

/** Null for a record that is not one of ours: its bytes are delivered all the same. */
export function recordFacts({ canonical }: Pick<SourcedRecord, 'canonical'>): RecordFacts | null {
  const parsed = factsSchema.safeParse(parseJson(canonical));
  if (!parsed.success) return null;
  const { metadata, severity_id: severityId, class_uid: classUid, type_uid: typeUid, time } = parsed.data;
  return { kind: metadata.event_code, logName: metadata.log_name, atMs: time, severityId, classUid, typeUid };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
