// Holds a record that was written against what docs/audit-events.md says of its kind: its OCSF class, the fields of its
// data, whether it can fail, and whether words of people are sealed in it.
import type { AuditEvent } from '#shared/domain/audit-event.ts';
import { readEventTypes } from '../../build/audit-events/read-types.ts';
import { shapeProblems } from './arbitrary-data.ts';
import { EVERY_EVENT } from './every-event.ts';
import { ocsfProblems } from './ocsf.ts';

type Written = {
  readonly metadata: { readonly event_code: string };
  readonly status_id: number;
  readonly unmapped: { readonly data: unknown; readonly sealed?: unknown };
};

const FAILED = 2;
const TYPES = new Map(readEventTypes().map((type) => [type.name, type]));

/** Every way in which a record of a log, given as its line, is not as documented; empty when it is. */
export function recordProblems(line: string): string[] {
  // An export that verified: its lines are records.
  const record = JSON.parse(line) as Written & Readonly<Record<string, unknown>>;
  const kind = record.metadata.event_code;
  const type = TYPES.get(kind);
  if (type === undefined) return [`${kind} is not declared`];
  const documented = EVERY_EVENT.filter((event) => event.kind === kind);
  const outcome = record.status_id === FAILED ? 'failure' : 'success';
  return [
    ...ocsfProblems(record),
    ...shapeProblems(type.shape, record.unmapped.data),
    ...(documented.some((event) => event.outcome === outcome) ? [] : [`no sample is a ${outcome}`]),
    ...(record.unmapped.sealed === undefined || documented.some(hasWords) ? [] : ['no sample has words of people']),
  ].map((problem) => `${kind}: ${problem}`);
}

function hasWords(event: AuditEvent): boolean {
  return 'personal' in event;
}
