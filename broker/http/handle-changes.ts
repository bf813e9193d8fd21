// The routes of changes that need two people, and of reading the configuration again.
import type { ConfigurationRefused, Reloaded } from '#broker/config/configuration.ts';
import { answerChange, findChange, seenChange, waitingChanges } from '#broker/oversight/changes.ts';
import { freshSignInFault } from '#broker/oversight/fresh-sign-in.ts';
import type { Reloaded as ReloadedView } from '#shared/contracts/oversight-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { type Answer, json, problem, refused } from './answer.ts';
import { changeView } from './change-view.ts';
import type { HandlerDeps, Handlers } from './handler.ts';

type ChangeRoute = 'changes' | 'answerChange' | 'reloadConfiguration';

export const changeHandlers: Handlers<ChangeRoute> = {
  changes: async (deps, { principal }) => {
    const changes = await waitingChanges(deps, principal);
    return json({ changes: changes.map((seen) => changeView(deps, principal, seen)) });
  },
  answerChange: async (deps, { principal, id, body }) => {
    const answered = await answerChange(deps, deps.reload, { principal, changeId: id, ...body });
    if (!answered.ok) return refused(answered.error);
    if (answered.value.state === 'applied') await deps.settleErasures();
    return json(answered.value);
  },
  reloadConfiguration: async (deps, { principal }) => {
    const stale = freshSignInFault(deps, principal);
    if (stale !== null) return refused(stale.error);
    const reloaded = await deps.reload(principal);
    return reloaded.ok ? json(await reloadedView(deps, principal, reloaded.value)) : notReloaded(reloaded.error);
  },
};

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
