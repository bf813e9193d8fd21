// The person's own requests: preview, ask, confirm, nudge, withdraw, put away. A refusal changes nothing here.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { CommandProblem, CommandResult, Preview, WishForm } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Presets } from '../presets/presets.ts';
import { brokerProblem, problemOf } from '../problem-words.ts';
import { inBackground } from '../session/in-background.ts';
import type { Person } from '../session/person.ts';
import { reach, type Refused } from '../session/reach.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import { brokerWish, previewOf } from './wish.ts';

export type Asking = {
  readonly preview: (person: Person, wish: WishForm) => Promise<Result<Preview, CommandProblem>>;
  readonly ask: (
    person: Person,
    wish: WishForm,
    attempt: string,
  ) => Promise<Result<CommandResult<'ask'>, CommandProblem>>;
  readonly confirm: (
    person: Person,
    given: { readonly requestId: string; readonly scopeHash: string; readonly typed: string },
  ) => Promise<Result<null, CommandProblem>>;
  readonly nudge: (person: Person, requestId: string) => Promise<Result<null, CommandProblem>>;
  readonly withdraw: (person: Person, requestId: string) => Promise<Result<null, CommandProblem>>;
  readonly dismiss: (requestId: string) => Promise<Result<null, CommandProblem>>;
};

export function createAsking(deps: SessionDeps, presets: Presets): Asking {
  /** What the broker answered about a request is news like an event. */
  function learned(
    person: Person,
    answer: Result<RequestView, Refused>,
    requestId: string,
  ): Result<null, CommandProblem> {
    if (answer.ok) {
      person.learn(answer.value);
      return ok(null);
    }
    person.rereadRequest(requestId);
    return err(brokerProblem(answer.error));
  }
  return {
    preview: async (person, wish) => {
      const answer = await person.call((client) => reach(() => client.dryRun(brokerWish(wish))));
      return answer.ok ? ok(previewOf(answer.value)) : err(brokerProblem(answer.error));
    },
    ask: async (person, wish, attempt) => {
      const answer = await person.call((client) => reach(() => client.submit(brokerWish(wish), attempt)));
      if (!answer.ok) return err(brokerProblem(answer.error));
      const view = answer.value;
      // Asking again with the same attempt may find it long collected.
      const state = view.state === 'pending' || view.state === 'denied' ? view.state : 'approved';
      person.learn(view);
      if (state !== 'denied') inBackground(deps.log, 'keep a wish', async () => await presets.used(person, wish));
      return ok({ requestId: view.id, state });
    },
    confirm: async (person, { requestId, scopeHash, typed }) =>
      learned(
        person,
        await person.call((client) => reach(() => client.confirm(requestId, scopeHash, typed))),
        requestId,
      ),
    nudge: async (person, requestId) =>
      learned(person, await person.call((client) => reach(() => client.nudge(requestId))), requestId),
    withdraw: async (person, requestId) => {
      const answer = await person.call((client) => reach(() => client.withdraw(requestId)));
      // Who took it back need not be told that it is back.
      if (answer.ok) await deps.kept.dismiss(requestId, deps.time.now());
      return learned(person, answer, requestId);
    },
    dismiss: async (requestId) => {
      const view = deps.shown()?.book.requests().get(requestId);
      if (view === undefined) return err(problemOf('not_known'));
      await deps.kept.dismiss(requestId, deps.time.now());
      deps.notices.requestGone(requestId);
      deps.changed();
      return ok(null);
    },
  };
}
