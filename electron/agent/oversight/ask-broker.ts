// How the commands of oversight ask the broker: as the person who is shown, never behind a locked screen where something
// changes, and after a fresh sign-in where the broker demands one.
import type { BrokerClient, Reply } from '#shared/client/broker-client.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { brokerProblem, problemOf } from '../problem-words.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';
import { sendProven } from '../session/send-proven.ts';
import type { SessionDeps } from '../session/session-deps.ts';

export type Answered<T> = Promise<Result<T, CommandProblem>>;
export type Ask = <V, T>(call: (client: BrokerClient) => Reply<V>, show: (view: V) => T) => Answered<T>;

export type AskBroker = {
  readonly asPerson: <T>(run: (person: Person) => Answered<T>) => Answered<T>;
  readonly read: Ask;
  /** Whoever finds an unlocked window must not end, clear or agree to anything behind a locked screen. */
  readonly change: Ask;
  /** The same for what counts only from who has just signed in. */
  readonly changeProven: Ask;
};

export function createAskBroker(deps: SessionDeps): AskBroker {
  const asPerson: AskBroker['asPerson'] = async (run) => {
    const person = deps.shown();
    return person === null
      ? err(problemOf(deps.host.state().kind === 'ready' ? 'no_person' : 'broker_unreachable'))
      : await run(person);
  };
  const read: Ask = async (call, show) =>
    await asPerson(async (person) => {
      const answer = await person.call((client) => reach(() => call(client)));
      return answer.ok ? ok(show(answer.value)) : err(brokerProblem(answer.error));
    });
  return {
    asPerson,
    read,
    change: async (call, show) => (deps.presence.locked() ? err(problemOf('locked')) : await read(call, show)),
    changeProven: async (call, show) => {
      if (deps.presence.locked()) return err(problemOf('locked'));
      return await asPerson(async (person) => {
        const answer = await sendProven(deps, async () => await person.call((client) => reach(() => call(client))));
        return answer.ok ? ok(show(answer.value)) : answer;
      });
    },
  };
}
