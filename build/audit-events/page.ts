// docs/audit-events.md as a whole.
import { OCSF_MAP, typeUid } from '#shared/audit/ocsf-map.ts';
import type { AuditKind } from '#shared/domain/audit-event.ts';
import { activityText, eventSection, samplesOf } from './event-section.ts';
import { type Group, groupsOf } from './groups.ts';
import { INTRODUCTION } from './introduction.ts';
import { questionsSection } from './questions.ts';
import { type EventType, readEventTypes } from './read-types.ts';

export function auditEventsPage(): string {
  const types = readEventTypes();
  const groups = groupsOf(types);
  const parts = [INTRODUCTION, contents(groups), questionsSection(), byType(types), ...groups.map(groupSection)];
  return `${parts.join('\n\n')}\n`;
}

function contents(groups: readonly Group[]): string {
  const lines = groups.map(({ title, kinds }) => `- [${title}](#${anchor(title)}): ${kinds.map(link).join(', ')}`);
  return ['## Contents', ...OTHER_SECTIONS.map((title) => `- [${title}](#${anchor(title)})`), ...lines]
    .join('\n')
    .replace('\n', '\n\n');
}

const OTHER_SECTIONS = ['A record', 'Questions that an auditor asks', 'By OCSF type'];

function byType(types: readonly EventType[]): string {
  const kinds = types.map(({ name }) => samplesOf(name)[0].kind);
  const uids = [...new Set(kinds.map((kind) => typeUid(OCSF_MAP[kind])))].sort((a, b) => a - b);
  const rows = uids.map((uid) => {
    const these = kinds.filter((kind) => typeUid(OCSF_MAP[kind]) === uid);
    const [first] = these;
    return `| ${uid} | ${first === undefined ? '' : activityText(first)} | ${these.map((kind) => link({ name: kind })).join(', ')} |`;
  });
  return [
    '## By OCSF type',
    ['| `type_uid` | class and activity | events |', '| --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function groupSection({ title, about, kinds }: Group): string {
  return [`## ${title}`, about, ...kinds.map(eventSection)].join('\n\n');
}

function link({ name }: { readonly name: AuditKind | string }): string {
  return `[${name}](#${anchor(name)})`;
}

/** As GitHub makes it of a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}
