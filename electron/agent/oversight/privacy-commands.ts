// What administrators ask for about people's data: the commands of the window. The broker decides who may, and who second.
import type { FinishedErasure, LegalHoldView } from '#shared/contracts/erasure-api.ts';
import type { ErasedCard, HoldCard } from '#shared/contracts/desktop/privacy.ts';
import type { HeldChangeView } from '#shared/contracts/oversight-api.ts';
import { err, ok } from '#shared/domain/result.ts';
import type { AgentCommands } from '../agent.ts';
import { cleanLine, cleanText } from '../clean-text.ts';
import type { CommandParts } from '../command-parts.ts';
import { problemOf } from '../problem-words.ts';
import { createAskBroker } from './ask-broker.ts';
import { heldChange } from './oversight-cards.ts';

export type PrivacyCommand = 'privacy' | 'erasure-reach' | 'place-hold' | 'release-hold' | 'erase-person';

export function privacyCommands({ deps }: CommandParts): Pick<AgentCommands, PrivacyCommand> {
  const { read, changeProven } = createAskBroker(deps);
  return {
    privacy: async () => {
      const [holds, waiting, erased] = await Promise.all([
        read(
          (client) => client.holds(),
          (view) => view.holds.map(holdCard),
        ),
        read(
          (client) => client.changes(),
          ({ changes }) => changes.filter(isOfPerson).map(heldChange),
        ),
        read(
          (client) => client.finishedErasures(),
          (view) => view.erasures.map(erasedCard),
        ),
      ]);
      if (!holds.ok) return holds;
      if (!waiting.ok) return waiting;
      if (!erased.ok) return erased;
      return ok({ holds: holds.value, waiting: waiting.value, erased: erased.value });
    },
    'erasure-reach': async ({ person }) =>
      await read(
        (client) => client.erasureReach(person),
        ({ name, places, holds }) => ({
          name: shownName(name),
          reached: places.filter(({ rows }) => rows > 0),
          holds: holds.map(holdCard),
        }),
      ),
    'place-hold': async ({ person, reason }) =>
      await changeProven(
        (client) => client.placeHold(person, reason),
        () => null,
      ),
    'release-hold': async ({ holdId, reason }) =>
      await changeProven((client) => client.releaseHold(holdId, reason), stateOf),
    'erase-person': async ({ person, typed, reason }) => {
      // By the broker's word of now: who is named is who is erased, whatever the window had read before.
      const named = await read(
        (client) => client.erasureReach(person),
        ({ name }) => sameName(name, typed),
      );
      if (!named.ok) return named;
      if (!named.value) return err(problemOf('confirmation_mismatch'));
      return await changeProven((client) => client.erasePerson(person, reason), stateOf);
    },
  };
}

const shownName = (name: string): string => cleanLine(name, 120);
const sameName = (name: string, typed: string): boolean => shownName(name).normalize() === typed.trim().normalize();
const isOfPerson = ({ kind }: HeldChangeView): boolean => kind === 'erasure' || kind === 'hold_release';
const stateOf = ({ state }: HeldChangeView): { readonly state: 'waiting' | 'applied' } => ({
  state: state === 'applied' ? 'applied' : 'waiting',
});

function holdCard(view: LegalHoldView): HoldCard {
  return {
    holdId: view.id,
    person: view.person,
    name: shownName(view.name),
    reason: cleanText(view.reason, 1000),
    placedBy: shownName(view.placedBy),
    placedAtMs: Date.parse(view.placedAt),
  };
}

function erasedCard({ id, at, people, accounts, ...view }: FinishedErasure): ErasedCard {
  return {
    ...view,
    erasureId: id,
    atMs: Date.parse(at),
    people: people.map(shownName),
    accounts: accounts.map((account) => cleanLine(account, 64)),
  };
}
