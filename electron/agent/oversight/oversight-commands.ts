// What owners and administrators ask for: the commands of the window. The broker decides what is theirs to see and end.
import type { CommandParsed } from '#shared/contracts/desktop/commands.ts';
import type { Review } from '#shared/contracts/desktop/oversight.ts';
import { err } from '#shared/domain/result.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { brokerProblem } from '../problem-words.ts';
import { createAskBroker, type Answered, type Ask } from './ask-broker.ts';
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

export function oversightCommands({ deps }: CommandParts): Pick<AgentCommands, OversightCommand> {
  const { asPerson, read, change, changeProven } = createAskBroker(deps);
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
      await changeProven((client) => client.answerChange(changeId, agree, reason), nothing),
  };
}

async function review(
  read: Ask,
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
