// What owners and administrators ask for: the commands of the window. The broker decides what is theirs to see and end.
import type { CommandParsed, CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { Review } from '#shared/contracts/desktop/oversight.ts';
import type { BrokerClient, Reply } from '#shared/client/broker-client.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { brokerProblem, problemOf } from '../problem-words.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';
import { sendProven } from '../session/send-proven.ts';
import { desktopCard, heldChange, personCard, reviewedAccess } from './oversight-cards.ts';
import { whoHasWhat } from './who-has-what.ts';

export type OversightCommand =
  | 'who-has-what'
  | 'people'
  | 'revoke-grant'
  | 'end-person'
  | 'set-disabled'
  | 'review'
  | 'answer-finding'
  | 'changes'
  | 'desktops'
  | 'answer-change';

type Answered<T> = Promise<Result<T, CommandProblem>>;

export function oversightCommands({ deps }: CommandParts): Pick<AgentCommands, OversightCommand> {
  const asPerson = async <T>(run: (person: Person) => Answered<T>): Answered<T> => {
    const person = deps.shown();
    return person === null
      ? err(problemOf(deps.host.state().kind === 'ready' ? 'no_person' : 'broker_unreachable'))
      : await run(person);
  };
  const read = async <V, T>(call: (client: BrokerClient) => Reply<V>, show: (view: V) => T): Answered<T> =>
    await asPerson(async (person) => {
      const answer = await person.call((client) => reach(() => call(client)));
      return answer.ok ? ok(show(answer.value)) : err(brokerProblem(answer.error));
    });
  /** Whoever finds an unlocked window must not end, clear or agree to anything behind a locked screen. */
  const change = async <V, T>(call: (client: BrokerClient) => Reply<V>, show: (view: V) => T): Answered<T> =>
    deps.presence.locked() ? err(problemOf('locked')) : await read(call, show);
  /** The same for what counts only from who has just signed in. */
  const changeProven = async <V>(call: (client: BrokerClient) => Reply<V>): Answered<null> => {
    if (deps.presence.locked()) return err(problemOf('locked'));
    return await asPerson(async (person) => {
      const answer = await sendProven(deps, async () => await person.call((client) => reach(() => call(client))));
      return answer.ok ? ok(null) : answer;
    });
  };
  const nothing = (): null => null;
  return {
    'who-has-what': async () =>
      await asPerson(async (person) => {
        const held = await whoHasWhat(person);
        return held.ok ? held : err(brokerProblem(held.error));
      }),
    people: async () =>
      await read(
        (client) => client.people(),
        ({ people }) => people.map(personCard),
      ),
    'revoke-grant': async ({ grantId, reason }) => await change((client) => client.revoke(grantId, reason), nothing),
    'end-person': async ({ person, reason }) =>
      await change(
        (client) => client.endPerson(person, reason),
        ({ ended, failed }) => ({ ended, failed }),
      ),
    'set-disabled': async ({ person, disabled, reason }) =>
      await change((client) => client.setDisabled(person, disabled, reason), nothing),
    review: async (args) => await review(read, args),
    'answer-finding': async ({ findingId, answer, note }) =>
      await change((client) => client.answerFinding(findingId, answer, note), nothing),
    changes: async () =>
      await read(
        (client) => client.changes(),
        ({ changes }) => changes.map(heldChange),
      ),
    desktops: async () =>
      await read(
        (client) => client.desktopLogs(),
        ({ logs }) => logs.map(desktopCard),
      ),
    'answer-change': async ({ changeId, agree, reason }) =>
      await changeProven((client) => client.answerChange(changeId, agree, reason)),
  };
}

type Read = <V, T>(call: (client: BrokerClient) => Reply<V>, show: (view: V) => T) => Answered<T>;

async function review(
  read: Read,
  { fromMs, toMs, resource, onlyOpen, after }: CommandParsed<'review'>,
): Answered<Review> {
  const query = {
    fromMs,
    toMs,
    onlyOpen,
    ...(resource === null ? {} : { resource }),
    ...(after === null ? {} : { after }),
  };
  return await read(
    (client) => client.accessReport(query),
    ({ accesses, openFindings, next, facts }) => ({
      fromMs,
      toMs,
      accesses: accesses.map(reviewedAccess),
      openFindings,
      next,
      facts,
    }),
  );
}
