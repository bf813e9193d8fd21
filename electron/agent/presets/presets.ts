// What one click asks again: the last wish for each resource, and favourites, with what policy says to them today. Policy
// is asked quietly: one question at a time, with pauses, and never while it does not matter.
import type { Preset } from '#shared/contracts/desktop/cards.ts';
import type { WishForm } from '#shared/contracts/desktop/commands.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { cleanText } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import { brokerWish } from '../requests/wish.ts';
import { inBackground } from '../session/in-background.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import { resourceCard } from '../view/resource-card.ts';

export type Presets = {
  /** Favourites first, then the newest. */
  readonly list: (person: Person) => readonly Preset[];
  /** What was asked is what one click asks next time. */
  readonly used: (person: Person, wish: WishForm) => Promise<void>;
  /** Asks policy again about those that are shown. */
  readonly refresh: (person: Person) => void;
};

type Outcome = Pick<Preset, 'outcome' | 'neededApprovals'>;

const MOST = 8;
const PAUSE_MS = 500;
const FRESH_MS = 10 * MINUTE_MS;
const FAVOURITE_LENGTH_MS = 60 * MINUTE_MS;
const UNKNOWN: Outcome = { outcome: null, neededApprovals: 0 };

export function createPresets(deps: SessionDeps): Presets {
  const outcomes = new Map<string, Outcome & { readonly atMs: number }>();
  let asking: Person | null = null;
  const keyOf = (person: Person, wish: WishForm): string => `${person.user} ${JSON.stringify(wish)}`;

  function wishes(person: Person): readonly WishForm[] {
    const { kept } = deps;
    const catalog = person.book.catalog();
    const recent = kept.wishes(person.user).flatMap(({ wish }) => (catalog.has(wish.resource) ? [wish] : []));
    const known = new Set(recent.map(({ resource }) => resource));
    const starred = [...catalog.values()]
      .filter(({ id }) => kept.isFavourite(person.user, id) && !known.has(id))
      .map(firstWish);
    const all = [...recent, ...starred];
    const isFavourite = (wish: WishForm): number => (kept.isFavourite(person.user, wish.resource) ? 0 : 1);
    return all.toSorted((a, b) => isFavourite(a) - isFavourite(b)).slice(0, MOST);
  }

  /** The first that nobody asked about lately. Looked for again each time: one may have been used meanwhile. */
  function nextWish(person: Person): WishForm | undefined {
    return wishes(person).find((wish) => {
      const known = outcomes.get(keyOf(person, wish));
      return known === undefined || deps.time.now() - known.atMs >= FRESH_MS;
    });
  }

  async function ask(person: Person): Promise<void> {
    for (let wish = nextWish(person); wish !== undefined; wish = nextWish(person)) {
      if (deps.shown() !== person || deps.host.state().kind !== 'ready') return;
      const asked = wish;
      const answer = await person.call((client) => reach(() => client.dryRun(brokerWish(asked))));
      // A hint is not worth a second try: the form asks again anyway.
      if (!answer.ok) return;
      const { outcome, needed } = answer.value.decision;
      outcomes.set(keyOf(person, asked), { outcome, neededApprovals: needed?.count ?? 0, atMs: deps.time.now() });
      deps.changed();
      await new Promise<void>((resolve) => void deps.timers.after(PAUSE_MS, resolve));
    }
  }

  function refresh(person: Person): void {
    if (asking === person) return;
    asking = person;
    inBackground(deps.log, 'ask policy about presets', async () => {
      try {
        await ask(person);
      } finally {
        if (asking === person) asking = null;
      }
    });
  }

  return {
    list: (person) =>
      wishes(person).map((wish) => {
        const { outcome, neededApprovals } = outcomes.get(keyOf(person, wish)) ?? UNKNOWN;
        return {
          resource: resourceCard(wish.resource, person.book.catalog().get(wish.resource)),
          actions: [...wish.actions],
          purpose: wish.purpose,
          justification: cleanText(wish.justification),
          durationMs: wish.durationMs,
          favourite: deps.kept.isFavourite(person.user, wish.resource),
          outcome,
          neededApprovals,
        };
      }),
    used: async (person, wish) => {
      const preset = { ...wish, startAtMs: null, extendsGrant: null, ticket: null, breakGlass: false };
      if (wish.extendsGrant === null) await deps.kept.putWish(person.user, preset, deps.time.now());
      deps.changed();
      refresh(person);
    },
    refresh,
  };
}

/** For a favourite that was never asked for: the least that may be asked, for an hour at most. */
function firstWish(entry: {
  readonly id: string;
  readonly actions: readonly string[];
  readonly maxDuration: string;
}): WishForm {
  const mostMs = Math.floor(lengthOf(entry.maxDuration) / SECOND_MS) * SECOND_MS;
  return {
    resource: entry.id,
    actions: entry.actions.slice(0, 1),
    purpose: 'evaluation',
    justification: '',
    ticket: null,
    durationMs: Math.max(2 * SECOND_MS, Math.min(mostMs, FAVOURITE_LENGTH_MS)),
    startAtMs: null,
    endsWithOperation: false,
    extendsGrant: null,
    breakGlass: false,
  };
}
