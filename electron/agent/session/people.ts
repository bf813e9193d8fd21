// Which configured user this desktop acts as. Embedded identities are asserted: choosing one is recorded, not proven
// (docs/decisions/0013).
import type { Candidate } from '../embedded-broker/broker-host.ts';

export type Choice = { readonly user: string; readonly by: 'person' | 'default' };

/** The stored choice while it is still configured; else the user named like the OS user; else the first person. */
export function choosePerson(people: readonly Candidate[], stored: string | null, osUser: string): Choice | null {
  const kept = people.find(({ user }) => user === stored);
  if (kept !== undefined) return { user: kept.user, by: 'person' };
  const fallback = people.find(({ user }) => user === osUser) ?? people[0];
  return fallback === undefined ? null : { user: fallback.user, by: 'default' };
}
