// How a change that waits for two people is shown: with names as they are known now.
import { z } from 'zod';
import { PEOPLE_NEEDED } from '#broker/config/held-changes.ts';
import type { HeldChangeRow } from '#broker/config/tables.ts';
import { isTheirs, type SeenChange } from '#broker/oversight/changes.ts';
import { nameOf, personName } from '#broker/oversight/scope.ts';
import type { HeldChangeView } from '#shared/contracts/oversight-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { formatInstant } from '#shared/domain/time.ts';
import type { HandlerDeps } from './handler.ts';
import { UNKNOWN } from './views.ts';

export function changeView(deps: HandlerDeps, viewer: Principal, seen: SeenChange): HeldChangeView {
  const { change, answers } = seen;
  const name = (subject: string): string => nameOf(deps, subject) ?? UNKNOWN;
  return {
    id: change.id,
    kind: change.kind,
    state: change.state,
    lines: linesOf(deps, change),
    person: change.person,
    contentHash: change.content_hash,
    proposedBy: change.proposed_by === 'broker' ? 'The configuration files' : name(change.proposed_by),
    proposedAt: formatInstant(change.proposed_at_ms),
    mine: change.state === 'waiting' && isTheirs(viewer, seen),
    yours: change.state === 'waiting' && answers.some(({ person }) => person === viewer.person),
    agreed: answers.filter(({ agree }) => agree === 1).map(({ subject }) => name(subject)),
    needed: PEOPLE_NEEDED,
  };
}

function linesOf(deps: HandlerDeps, change: HeldChangeRow): string[] {
  const whose = personName(deps, change.person ?? '') ?? UNKNOWN;
  if (change.kind === 'erasure') return [`Everything that ${whose} wrote, and who that is, is erased`];
  if (change.kind === 'hold_release') return [`What is kept of ${whose} may be erased and pruned again`];
  return z.array(z.string()).parse(JSON.parse(change.lines));
}
