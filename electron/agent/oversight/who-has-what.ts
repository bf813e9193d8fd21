// Everything that runs now and that this person may end, gathered from all pages.
import type { GrantView } from '#shared/contracts/broker-api.ts';
import type { HeldAccess } from '#shared/contracts/desktop/oversight.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Person } from '../session/person.ts';
import { reach, type Refused } from '../session/reach.ts';
import { heldAccess } from './oversight-cards.ts';

const RUNNING = ['active', 'activating', 'revoking', 'revoke_failed'] as const;
const PAGE = 200;
/** Of one state: more than anybody reads, and a bound for a broker that never comes to an end. */
const MOST_PAGES = 25;

/** Soonest end first. */
export async function whoHasWhat(person: Person): Promise<Result<HeldAccess[], Refused>> {
  const views: GrantView[] = [];
  for (const state of RUNNING) {
    const read = await everyPage(person, state);
    if (!read.ok) return read;
    views.push(...read.value);
  }
  // What changed its state between two pages is there twice: its later word counts.
  const newest = [...new Map(views.map((view) => [view.id, view])).values()];
  return ok(newest.flatMap((view) => heldAccess(view) ?? []).toSorted((a, b) => a.endsAtMs - b.endsAtMs));
}

async function everyPage(person: Person, state: string): Promise<Result<GrantView[], Refused>> {
  const views: GrantView[] = [];
  let after: { readonly after?: string } = {};
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { of: 'revocable', state, limit: PAGE, ...after } as const;
    const answer: Result<GrantPage, Refused> = await person.call((client) => reach(() => client.grants(query)));
    if (!answer.ok) return answer;
    views.push(...answer.value.grants);
    if (answer.value.next === null) break;
    after = { after: answer.value.next };
  }
  return ok(views);
}

type GrantPage = { readonly grants: readonly GrantView[]; readonly next: string | null };
