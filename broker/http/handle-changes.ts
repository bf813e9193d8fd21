// The routes of changes that need two people, of erasure, and of reading the configuration again.
import { z } from 'zod';
import type { ConfigurationRefused, Reloaded } from '#broker/config/configuration.ts';
import { PEOPLE_NEEDED } from '#broker/config/held-changes.ts';
import {
  answerChange,
  findChange,
  isTheirs,
  seenChange,
  waitingChanges,
  type SeenChange,
} from '#broker/oversight/changes.ts';
import { proposeErasure } from '#broker/oversight/erase.ts';
import { freshSignInFault } from '#broker/oversight/fresh-sign-in.ts';
import { nameOf } from '#broker/oversight/scope.ts';
import type { HeldChangeView, Reloaded as ReloadedView } from '#shared/contracts/oversight-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { type Answer, json, problem, refused } from './answer.ts';
import type { HandlerDeps, Handlers } from './handler.ts';
import { UNKNOWN } from './views.ts';

type ChangeRoute = 'changes' | 'answerChange' | 'erasePerson' | 'reloadConfiguration';

export const changeHandlers: Handlers<ChangeRoute> = {
  changes: async (deps, { principal }) => {
    const changes = await waitingChanges(deps, principal);
    return json({ changes: changes.map((seen) => changeView(deps, principal, seen)) });
  },
  answerChange: async (deps, { principal, id, body }) => {
    const answered = await answerChange(deps, deps.reload, { principal, changeId: id, ...body });
    return answered.ok ? json(answered.value) : refused(answered.error);
  },
  erasePerson: async (deps, { principal, id, body }) => {
    const proposed = await proposeErasure(deps, { principal, person: id, reason: body.reason });
    if (!proposed.ok) return refused(proposed.error);
    return json(changeView(deps, principal, await seenChange(deps.store.read, proposed.value)));
  },
  reloadConfiguration: async (deps, { principal }) => {
    const stale = freshSignInFault(deps, principal);
    if (stale !== null) return refused(stale.error);
    const reloaded = await deps.reload(principal);
    return reloaded.ok ? json(await reloadedView(deps, principal, reloaded.value)) : notReloaded(reloaded.error);
  },
};

function changeView(deps: HandlerDeps, viewer: Principal, seen: SeenChange): HeldChangeView {
  const { change, answers } = seen;
  const name = (subject: string): string => nameOf(deps, subject) ?? UNKNOWN;
  const lines = z.array(z.string()).parse(JSON.parse(change.lines));
  return {
    id: change.id,
    kind: change.kind,
    lines: change.person === null ? lines : [`Everything that ${personName(deps, change.person)} wrote is erased`],
    contentHash: change.content_hash,
    proposedBy: change.proposed_by === 'broker' ? 'The configuration files' : name(change.proposed_by),
    proposedAt: formatInstant(change.proposed_at_ms),
    mine: change.state === 'waiting' && isTheirs(viewer, seen),
    agreed: answers.filter(({ agree }) => agree === 1).map(({ subject }) => name(subject)),
    needed: PEOPLE_NEEDED,
  };
}

function personName({ directory }: HandlerDeps, person: string): string {
  return directory.accounts().find(({ principal }) => principal.person === person)?.principal.name ?? UNKNOWN;
}

async function reloadedView(deps: HandlerDeps, viewer: Principal, reloaded: Reloaded): Promise<ReloadedView> {
  const { heldChange, diffs } = reloaded;
  const change = heldChange === null ? undefined : await findChange(deps.store.read, heldChange);
  return {
    state: heldChange === null ? 'in_force' : 'held',
    diffs: (['catalog', 'policies'] as const).map((part) => ({
      part,
      added: [...diffs[part].added],
      removed: [...diffs[part].removed],
      changed: [...diffs[part].changed],
    })),
    held: change === undefined ? null : changeView(deps, viewer, await seenChange(deps.store.read, change)),
  };
}

/** To an administrator: where in which file, as the command line says it. */
function notReloaded({ problems }: ConfigurationRefused): Answer {
  const errors = problems.map(({ file, line, column, message }) => ({ path: `${file}:${line}:${column}`, message }));
  return { kind: 'response', response: problem('configuration_refused', undefined, { errors }) };
}
