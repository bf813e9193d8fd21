// The routes of erasure and legal holds. What an erasure reaches is counted by the same places that it erases.
import { finishedErasures } from '#broker/erasure/finished.ts';
import { countReach } from '#broker/erasure/places.ts';
import { standingHolds } from '#broker/erasure/holds.ts';
import type { LegalHoldRow } from '#broker/erasure/tables.ts';
import { whoseData } from '#broker/erasure/whose.ts';
import { seenChange } from '#broker/oversight/changes.ts';
import { proposeErasure } from '#broker/oversight/erase.ts';
import { holdPerson, proposeRelease } from '#broker/oversight/release-hold.ts';
import { nameOf, personName } from '#broker/oversight/scope.ts';
import type { LegalHoldView } from '#shared/contracts/erasure-api.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { json, problem, refused } from './answer.ts';
import { changeView } from './change-view.ts';
import type { HandlerDeps, Handlers } from './handler.ts';
import { UNKNOWN } from './views.ts';

type ErasureRoute =
  | 'erasures'
  | 'finishedErasures'
  | 'erasureReach'
  | 'erasePerson'
  | 'holds'
  | 'placeHold'
  | 'releaseHold';

export const erasureHandlers: Handlers<ErasureRoute> = {
  erasures: async (deps, { query }) => {
    const rows = await deps.store.read
      .selectFrom('erased_subjects')
      .select(['subject', 'version'])
      .where('version', '>', query.after)
      .orderBy('version')
      .execute();
    return json({ erased: rows.map(({ subject }) => subject), next: Number(rows.at(-1)?.version ?? query.after) });
  },
  finishedErasures: async (deps) => {
    const finished = await finishedErasures(deps.store.read);
    return json({
      erasures: finished.map(({ people, atMs, ...erasure }) => ({
        ...erasure,
        at: formatInstant(atMs),
        people: people.map((subject) => nameOf(deps, subject) ?? UNKNOWN),
      })),
    });
  },
  erasureReach: async (deps, { id }) => {
    const known = await whoseData(deps, deps.store.read, id);
    if (known === null) return { kind: 'response', response: problem('not_found') };
    const places = await countReach(deps.store.read, known);
    const holds = await standingHolds(deps.store.read, known.id);
    return json({
      person: known.id,
      name: known.name ?? UNKNOWN,
      accounts: [...known.subjects],
      places: [...places],
      holds: holds.map((row) => holdView(deps, row)),
    });
  },
  erasePerson: async (deps, { principal, id, body }) => {
    const proposed = await proposeErasure(deps, { principal, person: id, reason: body.reason });
    if (!proposed.ok) return refused(proposed.error);
    if (proposed.value.state === 'applied') await deps.settleErasures();
    return json(changeView(deps, principal, await seenChange(deps.store.read, proposed.value)));
  },
  holds: async (deps) => {
    const holds = await standingHolds(deps.store.read);
    return json({ holds: holds.map((row) => holdView(deps, row)) });
  },
  placeHold: async (deps, { principal, id, body }) => {
    const placed = await holdPerson(deps, { principal, id, reason: body.reason });
    return placed.ok ? json(holdView(deps, placed.value)) : refused(placed.error);
  },
  releaseHold: async (deps, { principal, id, body }) => {
    const proposed = await proposeRelease(deps, { principal, id, reason: body.reason });
    if (!proposed.ok) return refused(proposed.error);
    return json(changeView(deps, principal, await seenChange(deps.store.read, proposed.value)));
  },
};

function holdView(deps: HandlerDeps, row: LegalHoldRow): LegalHoldView {
  return {
    id: row.id,
    person: row.person,
    name: personName(deps, row.person) ?? UNKNOWN,
    reason: row.reason,
    placedBy: nameOf(deps, row.placed_by) ?? UNKNOWN,
    placedAt: formatInstant(Number(row.placed_at_ms)),
  };
}
