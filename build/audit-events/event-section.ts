// The section of one kind of event.
import { EVENT_MESSAGES } from '#shared/audit/event-messages.ts';
import { OCSF_CLASSES, OCSF_MAP, severityId, typeUid } from '#shared/audit/ocsf-map.ts';
import type { AuditEvent, AuditKind } from '#shared/domain/audit-event.ts';
import { EVERY_EVENT } from '#test/support/every-event.ts';
import schema from '#test/vectors/ocsf-1.8.0.json' with { type: 'json' };
import { fieldRows } from './describe-fields.ts';
import { exampleRecord } from './example.ts';
import type { EventType } from './read-types.ts';

/** Of these events, one or one of each outcome. Throws when nobody wrote a sample. */
export function samplesOf(kind: string): readonly [AuditEvent, ...AuditEvent[]] {
  const [first, ...more] = EVERY_EVENT.filter((event) => event.kind === kind);
  if (first === undefined) throw new Error(`no sample of ${kind}`);
  return [first, ...more];
}

export function activityText(kind: AuditKind): string {
  const { ocsfClass, activityId } = OCSF_MAP[kind];
  const activities: Readonly<Record<string, string>> = schema.classes[ocsfClass].attributes.activity_id.enum;
  return `${ocsfClass} (${OCSF_CLASSES[ocsfClass].classUid}): ${activities[activityId] ?? activityId}`;
}

export function eventSection(type: EventType): string {
  const events = samplesOf(type.name);
  const [{ kind }] = events;
  const facts = [
    `OCSF ${activityText(kind)}, \`type_uid\` ${typeUid(OCSF_MAP[kind])}`,
    `Severity ${[...new Set(events.map(severityText))].join('; ')}`,
    `Outcome ${[...new Set(events.map(({ outcome }) => outcome))].join(' or ')}`,
    ...events.flatMap(wordsText).slice(0, 1),
  ];
  const rows = fieldRows(type.shape);
  const table = ['| `unmapped.data` | type | |', '| --- | --- | --- |', ...rows].join('\n');
  return [
    `### ${kind}`,
    [EVENT_MESSAGES[kind], ...(type.note === null ? [] : [type.note])].join(' '),
    facts.map((fact) => `- ${fact}`).join('\n'),
    rows.length === 0 ? '`unmapped.data` is empty.' : table,
    `<details><summary>Example</summary>\n\n\`\`\`json\n${exampleRecord(events[0], type.log)}\n\`\`\`\n\n</details>`,
  ].join('\n\n');
}

const SEVERITIES: Readonly<Record<string, string>> = schema.classes.user_access.attributes.severity_id.enum;

function severityText({ kind, outcome }: AuditEvent): string {
  const id = severityId(kind, outcome);
  return `${id} (${SEVERITIES[id] ?? ''})`;
}

/** Which words of people are in it, sealed, and whose: in these samples, of whoever did it. */
function wordsText(event: AuditEvent): readonly string[] {
  if (!('personal' in event)) return [];
  const names = Object.keys(event.personal.text).map((name) => `\`${name}\``);
  const whose = event.personal.subject === event.actor ? 'of the actor' : 'of the subject';
  return [`Words of people, sealed: ${names.join(', ')} ${whose}`];
}
