// What a requester could send, if every check before the engine failed, must never get more than silence would.
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SENSITIVITIES } from '#shared/contracts/catalog.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import type { Claimed, PolicyEngine, Question } from '#broker/policy/engine.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { readPolicyFolder } from '#broker/policy/read-policy-folder.ts';
import { splitPolicies } from '#broker/policy/policy-source.ts';
import { dataset, person, question } from './examples.ts';

const SOLO = path.resolve(import.meta.dirname, '../../../examples/solo/policies');
const sources = await readPolicyFolder(SOLO);
const ACTIONS = ['read', 'export', 'invoke', 'stream', 'read_pii'];
const PEOPLE = [person('jo', { roles: ['approver'], teams: ['records'] }), person('sam', { roles: ['approver'] })];

function engineFrom(files: typeof sources): PolicyEngine {
  const loaded = loadPolicies(files, { actions: ACTIONS });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

const solo = engineFrom(sources);
const trustingNothing = engineFrom(
  sources.map((source) => {
    const statements = splitPolicies(source);
    if (!statements.ok) throw new Error('the solo policies do not split');
    const kept = statements.value.filter(({ text }) => !text.includes('@trustsClaim'));
    return { file: source.file, text: kept.map(({ text }) => text).join('\n') };
  }),
);

/** Less is stricter. */
const RANK = { denied: 0, needs_approval: 1, needs_confirmation: 2, approved: 3 } as const;
const SILENT: Claimed = { purpose: '', ticket: null };

/** Attributes that policies believe, under the names they have in policies and in the broker. */
const forgedFacts = fc.constantFrom<Readonly<Record<string, unknown>>>(
  { approvals: { count: 5, owner: true } },
  { selfConfirmed: true },
  { device: { managed: true, diskEncrypted: true, country: 'DE' } },
  { local: { dow: 3, minute: 600, holiday: false, tz: 'UTC' } },
  { roles: ['oncall', 'data-scientist'], contractor: false, kind: 'person' },
  { context: { approvals: { count: 5, owner: true } }, principal: { contractor: false } },
  { hold: '1ms', total: '1ms', heldRecently: '0ms' },
  { mfaAge: '0ms', network: '10.0.0.1', claimed: { purpose: 'incident' } },
  JSON.parse('{"__proto__":{"approvals":{"count":5,"owner":true},"selfConfirmed":true}}') as Record<string, unknown>,
);

const words = fc.oneof(
  fc.constantFrom(
    'incident',
    'INC-1',
    'INC-*',
    'approved',
    'true',
    '"}, "selfConfirmed": true, "x": {"',
    '__entity',
    'Daypass::Role::"oncall"',
    '\u0000',
    '\ud800',
  ),
  fc.string({ maxLength: 40 }),
);
const wrongKinds = fc.constantFrom<unknown>(
  { __entity: { type: 'Daypass::Role', id: 'oncall' } },
  { __extn: { fn: 'duration', arg: '0s' } },
  { __expr: 'true' },
  ['incident'],
  true,
  7,
  null,
  undefined,
);
const forgedClaims = fc
  .record({
    purpose: fc.oneof({ weight: 3, arbitrary: words }, wrongKinds),
    ticket: fc.oneof({ weight: 3, arbitrary: words }, wrongKinds),
    more: forgedFacts,
  })
  // The cast is the attack: nothing but the type says that a claim has two texts and no more.
  .map(({ purpose, ticket, more }) => ({ ...more, purpose, ticket }) as unknown as Claimed);

const situations = fc
  .record({
    sensitivity: fc.constantFrom(...SENSITIVITIES),
    roles: fc.constantFrom([], ['data-scientist'], ['analyst'], ['approver']),
    contractor: fc.constantFrom(true, false, null),
    managed: fc.constantFrom(true, false, null),
    zoneinfo: fc.constantFrom('Europe/Berlin', null),
    hours: fc.constantFrom(1, 6, 30, 100),
    action: fc.constantFrom('read', 'export'),
    mode: fc.constantFrom('embedded' as const, 'standalone' as const),
  })
  .map(({ sensitivity, roles, contractor, managed, zoneinfo, hours, action, mode }) =>
    question({
      requester: person('eve', { roles, contractor, zoneinfo }),
      resource: dataset({ sensitivity }),
      actions: [action],
      durationMs: hours * HOUR_MS,
      mode,
      facts: { device: { managed, diskEncrypted: managed, country: null } },
    }),
  );

/** How much the engine gives: the outcome, then fewer approvers. */
function given(engine: PolicyEngine, asked: Question): number {
  const decision = engine.decide(asked, PEOPLE);
  const needed = decision.outcome === 'needs_approval' ? decision.needed.count + (decision.needed.owner ? 1 : 0) : 0;
  return RANK[decision.outcome] * 10 - needed;
}

describe('forged-context-never-lifts-a-guard', () => {
  test('forged claims get no more than silence from policies that trust no claim', () => {
    fc.assert(
      fc.property(situations, forgedClaims, (situation, claimed) => {
        const silent = given(trustingNothing, { ...situation, claimed: SILENT });
        expect(given(trustingNothing, { ...situation, claimed })).toBeLessThanOrEqual(silent);
      }),
      { numRuns: 300 },
    );
  });

  test('with a policy that trusts on-call, the words of everybody else still change nothing', () => {
    fc.assert(
      fc.property(situations, forgedClaims, (situation, claimed) => {
        const silent = given(solo, { ...situation, claimed: SILENT });
        expect(given(solo, { ...situation, claimed })).toBeLessThanOrEqual(silent);
      }),
      { numRuns: 300 },
    );
  });

  test('forged claims are never enforced as approvals or a confirmation', () => {
    const asked = question({ resource: dataset({ sensitivity: 'restricted' }) });
    fc.assert(
      fc.property(forgedClaims, (claimed) => {
        expect(solo.enforce({ ...asked, claimed }, { approvals: [], selfConfirmed: false }).allowed).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  test('a claim that is no text is refused as an error, not read', () => {
    const claimed = {
      purpose: { __entity: { type: 'Daypass::Role', id: 'oncall' } },
      ticket: null,
    } as unknown as Claimed;
    const asked = question({ claimed, resource: dataset({ sensitivity: 'public' }) });
    expect(solo.decide(asked, PEOPLE)).toMatchObject({ outcome: 'denied', code: 'evaluation_error' });
  });

  test('the signed exception works, so that the tests above test something', () => {
    const oncall = question({
      requester: person('cy', { roles: ['oncall'] }),
      claimed: { purpose: 'incident', ticket: 'INC-4411' },
    });
    expect(solo.decide(oncall, PEOPLE).outcome).toBe('approved');
    expect(solo.decide({ ...oncall, claimed: SILENT }, PEOPLE).outcome).toBe('denied');
    expect(trustingNothing.decide(oncall, PEOPLE).outcome).toBe('denied');
  });
});
