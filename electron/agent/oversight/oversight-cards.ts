// What owners and administrators are shown, from what the broker answered: names and words of other people are cleaned.
import type { FindingView, HeldChangeView, PersonView, ReportedAccess } from '#shared/contracts/oversight-api.ts';
import type { DesktopLogView } from '#shared/contracts/audit-api.ts';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import type {
  DesktopCard,
  Finding,
  HeldAccess,
  HeldChange,
  PersonCard,
  ReviewedAccess,
} from '#shared/contracts/desktop/oversight.ts';
import type { ResourceCard } from '#shared/contracts/desktop/cards.ts';
import { cleanLine, cleanText } from '../clean-text.ts';

const NOTE_CHARACTERS = 1000;

/** Null for a grant that is over, or that is not this person's to look at. */
export function heldAccess(view: GrantView): HeldAccess | null {
  const { oversight, state } = view;
  if (oversight === undefined || state === 'ended') return null;
  const { sensitivity, tags } = oversight;
  return {
    grantId: view.id,
    holder: cleanLine(view.holder.name, 120),
    person: oversight.person,
    resource: card({ ...view.resource, sensitivity, tags }),
    actions: view.actions.map((action) => cleanLine(action)),
    purpose: cleanLine(oversight.purpose),
    startsAtMs: Date.parse(view.startsAt),
    endsAtMs: Date.parse(view.endsAt),
    state,
    breakGlass: oversight.breakGlass,
  };
}

export function personCard(view: PersonView): PersonCard {
  return {
    person: view.person,
    name: cleanLine(view.name, 120),
    accounts: view.accounts,
    lastSeenAtMs: instant(view.lastSeenAt),
    disabled: view.disabled,
    activeGrants: view.activeGrants,
  };
}

export function reviewedAccess(view: ReportedAccess): ReviewedAccess {
  return {
    grantId: view.grantId,
    holder: cleanLine(view.holder.name, 120),
    person: view.holder.person,
    resource: card(view.resource),
    actions: view.actions.map((action) => cleanLine(action)),
    purpose: cleanLine(view.purpose),
    justification: cleanText(view.justification),
    approvedBy: view.approvedBy.map(({ name }) => cleanLine(name, 120)),
    startsAtMs: Date.parse(view.startsAt),
    plannedEndMs: Date.parse(view.plannedEnd),
    endedAtMs: instant(view.endedAt),
    endReason: view.endReason,
    uses: view.uses.count,
    bytesOut: view.uses.bytesOut,
    lastUsedAtMs: instant(view.uses.lastAt),
    breakGlass: view.breakGlass,
    findings: view.findings.map(finding),
  };
}

function finding(view: FindingView): Finding {
  return {
    findingId: view.id,
    deviation: view.deviation,
    facts: Object.fromEntries(
      Object.entries(view.facts).map(([name, value]) => [name, typeof value === 'string' ? cleanLine(value) : value]),
    ),
    answer: view.answer,
    answeredBy: view.answeredBy === null ? null : cleanLine(view.answeredBy, 120),
    answeredAtMs: instant(view.answeredAt),
    note: view.note === null ? null : cleanText(view.note, NOTE_CHARACTERS),
    mine: view.mine,
  };
}

export function heldChange(view: HeldChangeView): HeldChange {
  return {
    changeId: view.id,
    kind: view.kind,
    lines: view.lines.map((line) => cleanLine(line, 300)),
    person: view.person,
    proposedBy: cleanLine(view.proposedBy, 120),
    proposedAtMs: Date.parse(view.proposedAt),
    mine: view.mine,
    yours: view.yours,
    agreed: view.agreed.map((name) => cleanLine(name, 120)),
    needed: view.needed,
  };
}

const DEVICE_CHARACTERS = 8;

export function desktopCard(view: DesktopLogView): DesktopCard {
  const [newest] = view.forks;
  return {
    log: view.origin,
    device: cleanLine(view.device, DEVICE_CHARACTERS),
    names: view.people.map(({ name }) => cleanLine(name, 120)),
    records: view.size,
    heardAtMs: instant(view.heardAt),
    silentSinceMs: instant(view.silentSince),
    liveGrants: view.liveGrants,
    reopened: view.reopened === null ? null : { reason: view.reopened.reason, atMs: Date.parse(view.reopened.at) },
    replacedBy: view.replacedBy === null ? null : cleanLine(view.replacedBy, DEVICE_CHARACTERS),
    forks: newest === undefined ? null : { count: view.forks.length, newestAtMs: Date.parse(newest.seenAt) },
  };
}

type Named = Pick<ResourceCard, 'id' | 'name' | 'sensitivity' | 'tags'>;

function card({ id, name, sensitivity, tags }: Named): ResourceCard {
  const kind = id.startsWith('model:') ? 'model' : 'dataset';
  return { id, kind, name: cleanLine(name), sensitivity, tags: tags.map((tag) => cleanLine(tag)) };
}

function instant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
