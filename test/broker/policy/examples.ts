// Principals, resources and questions for the policy tests: plain facts that each test changes where it matters.
import { resourceSchema, type Resource } from '#shared/contracts/catalog.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import type { PolicyEngine, Question } from '#broker/policy/engine.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { formatProblem } from '#broker/policy/policy-problem.ts';

export const CATALOG_ACTIONS = ['read', 'export', 'invoke'];

/** A Wednesday, 10:00 in Berlin. */
export const WEDNESDAY_MS = Date.UTC(2026, 10, 18, 9);

export function person(subject: string, changes: Partial<Principal> = {}): Principal {
  return {
    subject,
    person: subject,
    kind: 'person',
    name: subject,
    roles: [],
    teams: [],
    contractor: false,
    zoneinfo: 'Europe/Berlin',
    authenticatedAtMs: WEDNESDAY_MS,
    admin: false,
    provenance: 'verified',
    ...changes,
  };
}

export function dataset(changes: Partial<Resource> = {}): Resource {
  const rule = [{ methods: ['GET'], paths: ['/*'] }];
  return {
    ...resourceSchema.parse({
      id: 'dataset:sample',
      name: 'Sample',
      sensitivity: 'internal',
      owners: ['records'],
      actions: { read: rule, export: rule },
      maxDuration: 'P30D',
      upstream: { kind: 'folder', path: 'sample' },
    }),
    ...changes,
  };
}

export function question(
  changes: Partial<Omit<Question, 'facts'>> & { readonly facts?: Partial<Question['facts']> } = {},
): Question {
  return {
    requester: person('ana', { roles: ['data-scientist'] }),
    resource: dataset(),
    actions: ['read'],
    durationMs: HOUR_MS,
    claimed: { purpose: 'evaluation', ticket: null },
    extension: null,
    mode: 'standalone',
    breakGlass: false,
    ...changes,
    facts: {
      nowMs: WEDNESDAY_MS,
      device: { managed: true, diskEncrypted: true, country: 'DE' },
      networkAddress: '10.0.0.7',
      holidays: [],
      heldMs: 0,
      ...changes.facts,
    },
  };
}

/** An engine over policies written in the test; throws their problems. */
export function engineOf(...texts: readonly string[]): PolicyEngine {
  const loaded = loadPolicies(
    texts.map((text, index) => ({ file: `${index}.cedar`, text })),
    { actions: CATALOG_ACTIONS },
  );
  if (!loaded.ok) throw new Error(loaded.error.map(formatProblem).join('\n'));
  return loaded.value;
}

/** A policy with an id, as short as can be. */
export function policy(
  id: string,
  effect: 'permit' | 'forbid',
  conditions = '',
  action = 'in Daypass::Action::"access"',
): string {
  return `@id("${id}") @title("${id}") ${effect} (principal, action ${action}, resource) ${conditions};`;
}

export const PERMIT_ALL = policy('all', 'permit');
export const ANYBODY_APPROVES = policy('approve', 'permit', '', '== Daypass::Action::"approve"');
