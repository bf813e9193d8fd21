// Accounts as rows and as principals. A database is a boundary like any other, so lists are parsed on the way back.
import type { OidcIdentity } from '#shared/contracts/config.ts';
import { z } from 'zod';
import type { Principal } from '#shared/domain/identity.ts';
import type { AccountRow } from '#broker/identity/tables.ts';
import { isAdmin, serviceFacts, type AccountFacts } from './map-claims.ts';

type FactsOfRow = Omit<
  AccountRow,
  'subject' | 'facts_hash' | 'auth_time_ms' | 'proven_at_ms' | 'seen_at_ms' | 'version'
>;

const groups = z.array(z.string());

export function rowOfFacts(facts: AccountFacts): FactsOfRow {
  return {
    person: facts.person,
    kind: facts.kind,
    name: facts.name,
    roles: JSON.stringify(facts.roles),
    teams: JSON.stringify(facts.teams),
    contractor: facts.contractor === null ? null : Number(facts.contractor),
    zoneinfo: facts.zoneinfo,
  };
}

/**
 * The principal behind an account, null for a service that the configuration does not know any more. What the
 * configuration decides is taken from it now: a right that was taken away must not wait for the next token.
 */
export function principalOfAccount(row: AccountRow, externalId: string, oidc: OidcIdentity): Principal | null {
  const service = oidc.services.find(({ client }) => client === externalId);
  if (service === undefined && row.kind === 'service') return null;
  const facts = service === undefined ? personOfRow(row, oidc) : serviceFacts(service, row.person);
  // What one call proved is nothing that another one may rely on.
  return { ...facts, subject: row.subject, authenticatedAtMs: null, provenance: 'verified' };
}

function personOfRow(row: AccountRow, oidc: OidcIdentity): AccountFacts {
  const roles = groups.parse(JSON.parse(row.roles));
  return {
    person: row.person,
    kind: 'person',
    name: row.name,
    roles,
    teams: groups.parse(JSON.parse(row.teams)),
    contractor: row.contractor === null ? null : row.contractor === 1,
    zoneinfo: row.zoneinfo,
    admin: isAdmin(roles, oidc),
  };
}

/** Names of the facts that differ, in the words of the ledger. */
export function changedFacts(row: AccountRow, facts: AccountFacts): readonly string[] {
  const next = rowOfFacts(facts);
  return Object.entries(next)
    .filter(([name, value]) => row[name as keyof FactsOfRow] !== value)
    .map(([name]) => name);
}
