// The humans that the broker knows, each with all their accounts and what they have now.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import type { Account } from '#broker/identity/directory.ts';
import type { PersonView } from '#shared/contracts/oversight-api.ts';
import { formatInstant } from '#shared/domain/time.ts';

/** Sorted by name. A person counts as disabled when every account is: one that works is enough to get in. */
export async function listPeople(deps: AccessDeps): Promise<readonly PersonView[]> {
  const held = await runningBySubject(deps);
  const byPerson = Map.groupBy(
    deps.directory.accounts().filter(({ principal }) => principal.kind === 'person'),
    ({ principal }) => principal.person,
  );
  return [...byPerson]
    .map(([person, accounts]) => personView(person, accounts, held))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en') || (a.person < b.person ? -1 : 1));
}

function personView(person: string, accounts: readonly Account[], held: ReadonlyMap<string, number>): PersonView {
  const seen = accounts.flatMap(({ lastSeenAtMs }) => (lastSeenAtMs === null ? [] : [lastSeenAtMs]));
  return {
    person,
    name: accounts[0]?.principal.name ?? person,
    accounts: accounts.length,
    lastSeenAt: seen.length === 0 ? null : formatInstant(Math.max(...seen)),
    disabled: accounts.every(({ disabled }) => disabled),
    activeGrants: accounts.reduce((sum, { principal }) => sum + (held.get(principal.subject) ?? 0), 0),
  };
}

async function runningBySubject(deps: AccessDeps): Promise<ReadonlyMap<string, number>> {
  const rows = await deps.store.read
    .selectFrom('grants')
    .select(['subject', (eb) => eb.fn.countAll<number>().as('held')])
    .where('state', 'in', ['activating', 'active', 'revoking', 'revoke_failed'])
    .groupBy('subject')
    .execute();
  return new Map(rows.map(({ subject, held }) => [subject, Number(held)]));
}
