import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CountedApproval } from '#shared/domain/decision.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { ANYBODY_APPROVES, dataset, engineOf, PERMIT_ALL, person, policy, question, WEDNESDAY_MS } from './examples.ts';

const NOBODY = { approvals: [], selfConfirmed: false };
const approval = (who: string, owner = false): CountedApproval => ({ subject: who, person: who, owner });
const guard = (id: string, condition: string): string => policy(id, 'forbid', condition);

describe('what is needed', () => {
  const restricted = engineOf(
    PERMIT_ALL,
    ANYBODY_APPROVES,
    guard('two', 'unless { context.approvals.count >= 2 && context.approvals.owner }'),
  );
  const people = [person('bo', { teams: ['records'] }), person('cy'), person('dee')];

  test('nothing, where policy permits', () => {
    expect(engineOf(PERMIT_ALL).decide(question(), [])).toMatchObject({
      outcome: 'approved',
      reasons: [{ policyId: 'all' }],
    });
  });

  test('people, one of them an owner, with the guard as the reason', () => {
    expect(restricted.decide(question(), people)).toMatchObject({
      outcome: 'needs_approval',
      needed: { count: 2, owner: true },
      reasons: [{ policyId: 'two', title: 'two', fix: null }],
      approvers: [{ name: 'bo', owner: true }, { name: 'cy' }, { name: 'dee' }],
    });
  });

  test('the strictest of all actions decides', () => {
    const engine = engineOf(
      PERMIT_ALL,
      ANYBODY_APPROVES,
      policy('export', 'forbid', 'unless { context.approvals.count >= 2 }', '== Daypass::Action::"export"'),
      policy('read', 'forbid', 'unless { context.approvals.owner }', '== Daypass::Action::"read"'),
    );
    const needed = engine.decide(question({ actions: ['read', 'export'] }), people);
    expect(needed).toMatchObject({ outcome: 'needs_approval', needed: { count: 2, owner: true } });
  });

  test('as many people as a policy asks for, up to five', () => {
    const engine = engineOf(PERMIT_ALL, ANYBODY_APPROVES, guard('five', 'when { context.approvals.count <= 4 }'));
    const many = ['b', 'c', 'd', 'e', 'f'].map((name) => person(name));
    expect(engine.decide(question(), many)).toMatchObject({
      outcome: 'needs_approval',
      needed: { count: 5, owner: false },
    });
    expect(engine.decide(question(), many.slice(1))).toMatchObject({ outcome: 'denied', code: 'no_eligible_approver' });
  });

  test('a confirmation counts only where the broker is embedded, and never as an approval', () => {
    const engine = engineOf(
      PERMIT_ALL,
      ANYBODY_APPROVES,
      guard('sure', 'unless { context.selfConfirmed || context.approvals.count >= 1 }'),
    );
    const confirmed = { approvals: [], selfConfirmed: true };
    expect(engine.decide(question({ mode: 'embedded' }), people)).toMatchObject({ outcome: 'needs_confirmation' });
    expect(engine.enforce(question({ mode: 'embedded' }), confirmed).allowed).toBe(true);
    expect(engine.decide(question(), people)).toMatchObject({ outcome: 'needs_approval' });
    expect(engine.enforce(question(), confirmed).allowed).toBe(false);
    expect(restricted.enforce(question({ mode: 'embedded' }), confirmed).allowed).toBe(false);
  });
});

describe('who approves', () => {
  const engine = engineOf(PERMIT_ALL, ANYBODY_APPROVES, guard('two', 'unless { context.approvals.count >= 2 }'));
  const ana = question().requester;

  test('never the requester, nor another account of the same human, nor a service', () => {
    const others = [ana, person('ana-2', { person: ana.person }), person('robot', { kind: 'service' })];
    expect(others.map((other) => engine.mayApprove(other, question()))).toEqual([false, false, false]);
    expect(engine.decide(question(), [...others, person('bo')])).toMatchObject({ code: 'no_eligible_approver' });
  });

  test('two accounts of one human count once, and the one in an owner group is named', () => {
    const bo = [person('bo-1', { person: 'bo' }), person('bo-2', { person: 'bo', teams: ['records'] })];
    expect(engine.decide(question(), bo)).toMatchObject({ outcome: 'denied', code: 'no_eligible_approver' });
    const decision = engine.decide(question(), [...bo, person('cy')]);
    expect(decision.outcome === 'needs_approval' && decision.approvers.map(({ subject }) => subject)).toEqual([
      'bo-2',
      'cy',
    ]);
  });

  test('approvals are counted by human, without the requester', () => {
    const standing = (...approvals: readonly CountedApproval[]): boolean =>
      engine.enforce(question(), { approvals, selfConfirmed: false }).allowed;
    const again = { subject: 'bo-2', person: 'bo', owner: true };
    expect(standing(approval('bo'), approval('cy'))).toBe(true);
    expect(standing(approval('bo'), again)).toBe(false);
    expect(standing(approval('bo'), { subject: 'other', person: ana.person, owner: true })).toBe(false);
    expect(standing(approval('bo'), approval(ana.subject))).toBe(false);
  });

  test('policies about one person or the requester are asked each time', () => {
    const personal = engineOf(
      policy(
        'bo',
        'permit',
        'when { principal == Daypass::User::"bo" && context.requester == Daypass::User::"ana" }',
        '== Daypass::Action::"approve"',
      ),
    );
    expect(personal.mayApprove(person('cy'), question())).toBe(false);
    expect(personal.mayApprove(person('bo'), question())).toBe(true);
    expect(personal.mayApprove(person('bo'), question({ requester: person('eve') }))).toBe(false);
  });

  test('the same answer for another kind of person is not remembered', () => {
    const employees = engineOf(
      policy(
        'e',
        'permit',
        'when { principal has contractor && !principal.contractor }',
        '== Daypass::Action::"approve"',
      ),
    );
    const answers = [false, true, null, false].map((contractor) =>
      employees.mayApprove(person('bo', { contractor }), question()),
    );
    expect(answers).toEqual([true, false, false, true]);
  });
});

describe('durations', () => {
  const capped = engineOf(
    PERMIT_ALL,
    ANYBODY_APPROVES,
    guard('cap', 'when { context.total > duration("10h") }'),
    guard('long', 'when { context.hold > duration("90m") } unless { context.approvals.count >= 1 }'),
  );

  test('a request over the cap is refused with the longest that is not', () => {
    const offer = { durationMs: 10 * HOUR_MS, outcome: 'needs_approval' };
    expect(capped.decide(question({ durationMs: DAY_MS }), [person('bo')])).toMatchObject({
      outcome: 'denied',
      code: 'guardrail',
      counterOffer: offer,
    });
  });

  test('the offer is one that somebody can approve', () => {
    const offer = { durationMs: 90 * MINUTE_MS, outcome: 'approved' };
    expect(capped.decide(question({ durationMs: DAY_MS }), [])).toMatchObject({
      outcome: 'denied',
      counterOffer: offer,
    });
    expect(capped.decide(question({ durationMs: 2 * HOUR_MS }), [])).toMatchObject({
      code: 'no_eligible_approver',
      counterOffer: offer,
    });
  });

  test('the resource has its own limit, whatever policy says', () => {
    const resource = dataset({ maxDuration: 20 * MINUTE_MS });
    const asked = question({ resource, durationMs: HOUR_MS });
    expect(capped.decide(asked, [])).toMatchObject({
      code: 'over_max_duration',
      counterOffer: { durationMs: 20 * MINUTE_MS, outcome: 'approved' },
    });
    expect(capped.enforce(asked, NOBODY)).toMatchObject({ allowed: false, code: 'over_max_duration' });
  });

  test('an extension counts from the start of its grant', () => {
    const asked = question({ durationMs: HOUR_MS, extension: { totalMs: 10 * HOUR_MS + 30 * MINUTE_MS } });
    expect(capped.decide(asked, [])).toMatchObject({
      outcome: 'denied',
      counterOffer: { durationMs: 30 * MINUTE_MS, outcome: 'approved' },
    });
  });

  test('an offer is whole seconds: what is offered can be asked for', () => {
    const engine = engineOf(PERMIT_ALL, guard('held', 'when { context.heldRecently > duration("20h") }'));
    const asked = question({ durationMs: 4 * HOUR_MS, facts: { heldMs: 16.5 * HOUR_MS + 1 } });
    expect(engine.decide(asked, [])).toMatchObject({ counterOffer: { durationMs: 3.5 * HOUR_MS - 1000 } });
  });

  test('time held before counts where policy says so', () => {
    const engine = engineOf(PERMIT_ALL, guard('held', 'when { context.heldRecently > duration("20h") }'));
    const asked = question({ durationMs: 4 * HOUR_MS, facts: { heldMs: 16.5 * HOUR_MS } });
    expect(engine.decide(asked, [])).toMatchObject({
      outcome: 'denied',
      counterOffer: { durationMs: 3.5 * HOUR_MS, outcome: 'approved' },
    });
  });

  test('less time is offered where it needs people who exist', () => {
    const engine = engineOf(
      PERMIT_ALL,
      ANYBODY_APPROVES,
      guard('always', 'unless { context.approvals.count >= 1 }'),
      guard('long', 'when { context.hold > duration("3h30m") } unless { context.approvals.owner }'),
    );
    const decision = engine.decide(question({ durationMs: DAY_MS }), [person('bo')]);
    const counterOffer = { durationMs: 3.5 * HOUR_MS, outcome: 'needs_approval' };
    expect(decision).toMatchObject({ code: 'no_eligible_approver', counterOffer });
  });

  test('no offer where time is not what stands against it', () => {
    const engine = engineOf(
      PERMIT_ALL,
      guard('cap', 'when { context.hold > duration("1h") }'),
      guard('pii', 'when { resource.personal }'),
    );
    const asked = question({ durationMs: DAY_MS, resource: dataset({ personalColumns: ['name'] }) });
    expect(engine.decide(asked, [])).toMatchObject({ outcome: 'denied', code: 'guardrail', counterOffer: null });
  });

  test('every offer is kept: asked for, it has the outcome that was offered', () => {
    const steps = fc.integer({ min: 1, max: 40 * 60 }).map((minutes) => minutes * MINUTE_MS);
    fc.assert(
      fc.property(steps, steps, fc.boolean(), (durationMs, maxDuration, somebody) => {
        const asked = question({ durationMs, resource: dataset({ maxDuration }) });
        const people = somebody ? [person('bo')] : [];
        const decision = capped.decide(asked, people);
        if (decision.outcome !== 'denied' || decision.counterOffer === null) return;
        expect(decision.counterOffer.durationMs).toBeLessThan(durationMs);
        const again = capped.decide({ ...asked, durationMs: decision.counterOffer.durationMs }, people);
        expect(again.outcome).toBe(decision.counterOffer.outcome);
      }),
      { numRuns: 60 },
    );
  });
});

describe('refusals', () => {
  test('an error in any policy refuses, though Cedar itself would allow', () => {
    const overflow = guard('overflow', 'when { resource.sensitivity * 9223372036854775807 > 5 }');
    const engine = engineOf(PERMIT_ALL, overflow);
    const asked = question({ resource: dataset({ sensitivity: 'confidential' }) });
    expect(engine.decide(asked, [])).toMatchObject({
      outcome: 'denied',
      code: 'evaluation_error',
      counterOffer: null,
      reasons: [{ policyId: 'overflow' }],
    });
    expect(engine.enforce(asked, NOBODY)).toMatchObject({ allowed: false, evaluationError: true });
    expect(engine.decide(question({ resource: dataset({ sensitivity: 'public' }) }), []).outcome).toBe('approved');
  });

  test('an error while asking who may approve makes nobody an approver', () => {
    const engine = engineOf(
      ANYBODY_APPROVES,
      policy('o', 'forbid', 'when { resource.sensitivity * 9223372036854775807 > 5 }', '== Daypass::Action::"approve"'),
    );
    expect(engine.mayApprove(person('bo'), question({ resource: dataset({ sensitivity: 'restricted' }) }))).toBe(false);
  });

  test('an action that the resource does not offer, no action, and no time are refused', () => {
    const engine = engineOf(PERMIT_ALL);
    for (const changes of [
      { actions: ['invoke'] },
      { actions: ['constructor'] },
      { actions: [] },
      { durationMs: 0 },
      { durationMs: Number.NaN },
    ]) {
      expect(engine.decide(question(changes), [])).toMatchObject({ outcome: 'denied', code: 'not_eligible' });
      expect(engine.enforce(question(changes), NOBODY).allowed).toBe(false);
    }
  });

  test('without policies everything is refused', () => {
    expect(engineOf().decide(question(), [person('bo')])).toMatchObject({
      outcome: 'denied',
      code: 'not_eligible',
      reasons: [],
    });
  });

  test('facts that nobody proved are named, and only those', () => {
    const engine = engineOf(
      PERMIT_ALL,
      guard('mfa', 'unless { context has mfaAge && context.mfaAge <= duration("15m") }'),
      guard('net', 'unless { context has network && context.network.isInRange(ip("10.0.0.0/8")) }'),
    );
    const unknown = question({
      requester: person('ana', { authenticatedAtMs: null }),
      facts: { networkAddress: null },
    });
    expect(engine.decide(unknown, [])).toMatchObject({ code: 'fact_missing', missingFacts: ['mfaAge', 'network'] });
    const stale = question({
      requester: person('ana', { authenticatedAtMs: WEDNESDAY_MS - HOUR_MS }),
      facts: { networkAddress: null },
    });
    expect(engine.decide(stale, [])).toMatchObject({ code: 'guardrail', missingFacts: ['network'] });
    expect(engine.decide(question({ facts: { networkAddress: '::ffff:10.1.2.3' } }), []).outcome).toBe('approved');
    expect(engine.decide(question({ facts: { networkAddress: '192.0.2.1' } }), [])).toMatchObject({
      code: 'guardrail',
      missingFacts: [],
    });
  });

  test('a sign-in in the future proves nothing, but clocks may differ by seconds', () => {
    const engine = engineOf(
      PERMIT_ALL,
      guard('mfa', 'unless { context has mfaAge && context.mfaAge <= duration("15m") }'),
    );
    const signedIn = (aheadMs: number): string =>
      engine.decide(question({ requester: person('ana', { authenticatedAtMs: WEDNESDAY_MS + aheadMs }) }), []).outcome;
    expect([signedIn(20_000), signedIn(DAY_MS)]).toEqual(['approved', 'denied']);
  });

  test('a permit that waits for a fact names it', () => {
    const engine = engineOf(policy('m', 'permit', 'when { context.device has managed && context.device.managed }'));
    const unknown = question({ facts: { device: { managed: null, diskEncrypted: null, country: null } } });
    expect(engine.decide(unknown, [])).toMatchObject({ code: 'fact_missing', missingFacts: ['device.managed'] });
  });
});

describe('what is shown in the catalog', () => {
  const facts = question().facts;
  const shown = (engine: ReturnType<typeof engineOf>, changes = {}): readonly string[] =>
    engine.eligible(person('ana', changes), dataset(), facts, 'standalone');

  test('what circumstances refuse now is shown, what one never gets is not', () => {
    const engine = engineOf(
      PERMIT_ALL,
      guard('hours', 'when { context.now < datetime("2099-01-01") }'),
      policy(
        'export',
        'forbid',
        'unless { principal has contractor && !principal.contractor }',
        '== Daypass::Action::"export"',
      ),
      guard('two', 'unless { context.approvals.count >= 2 }'),
    );
    expect(shown(engine)).toEqual(['read', 'export']);
    expect(shown(engine, { contractor: true })).toEqual(['read']);
  });

  test('what some claim opens is shown to those whom it opens it for', () => {
    const engine = engineOf(
      `@trustsClaim("reviewed") ${policy('oncall', 'permit', 'when { principal in Daypass::Role::"oncall" && context.claimed.purpose == "incident" && context.claimed has ticket && context.claimed.ticket like "INC-*" }')}`,
    );
    expect(shown(engine, { roles: ['oncall'] })).toEqual(['read', 'export']);
    expect(shown(engine, { roles: ['analyst'] })).toEqual([]);
  });
});

test('more approvals never turn an allow into a deny, and enforcing agrees with the preview', () => {
  const engine = engineOf(
    PERMIT_ALL,
    ANYBODY_APPROVES,
    guard('a', 'when { resource.sensitivity >= 2 } unless { context.approvals.count >= 1 }'),
    guard('b', 'when { resource.sensitivity >= 3 } unless { context.approvals.count >= 2 && context.approvals.owner }'),
    guard('c', 'when { context.hold > duration("8h") } unless { context.approvals.owner }'),
  );
  const approvals = fc.uniqueArray(fc.record({ subject: fc.constantFrom('b', 'c', 'd', 'ana'), owner: fc.boolean() }), {
    selector: ({ subject }) => subject,
  });
  const sensitivity = fc.constantFrom('public', 'internal', 'confidential', 'restricted');
  fc.assert(
    fc.property(approvals, sensitivity, fc.integer({ min: 1, max: 24 }), (given, level, hours) => {
      const asked = question({ resource: dataset({ sensitivity: level }), durationMs: hours * HOUR_MS });
      const counted = given.map((one) => ({ ...one, person: one.subject }));
      const allowed = counted.map(
        (_, index) => engine.enforce(asked, { approvals: counted.slice(0, index + 1), selfConfirmed: false }).allowed,
      );
      expect(allowed.indexOf(true) === -1 || allowed.indexOf(true) > allowed.lastIndexOf(false)).toBe(true);
      const decision = engine.decide(asked, [person('b', { teams: ['records'] }), person('c')]);
      expect(engine.enforce(asked, NOBODY).allowed).toBe(decision.outcome === 'approved');
      if (decision.outcome !== 'needs_approval') return;
      const { count, owner } = decision.needed;
      const enough = decision.approvers.toSorted((x) => (x.owner === owner ? -1 : 1)).slice(0, count);
      expect(engine.enforce(asked, { approvals: enough, selfConfirmed: false }).allowed).toBe(true);
      expect(engine.enforce(asked, { approvals: enough.slice(1), selfConfirmed: false }).allowed).toBe(false);
    }),
    { numRuns: 100 },
  );
});
