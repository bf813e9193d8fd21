// Emergencies in policy: which permits and guards count, and what the loader refuses to take for one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestEmergencyMs } from '#broker/policy/emergency.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { dataset, engineOf, person, question } from './examples.ts';

const NOBODY_APPROVES = { approvals: [], selfConfirmed: false } as const;
const OLU = person('olu', { roles: ['oncall'], teams: ['platform'] });
const OPEN = dataset({ breakGlass: { to: ['oncall'], maxDuration: HOUR_MS, rest: HOUR_MS } });
const emergency = (changes: Parameters<typeof question>[0] = {}) =>
  question({ requester: OLU, resource: OPEN, breakGlass: true, durationMs: HOUR_MS, ...changes });

const PERMIT = `@id("emergency") @title("In an emergency") @breakGlass("why")
  permit (principal, action == Daypass::Action::"read", resource);`;
const ORDINARY = `@id("ordinary") @title("Usually") permit (principal, action, resource)
  when { principal in Daypass::Role::"data-scientist" };`;
const guard = (id: string, unless: string, annotations = ''): string =>
  `@id("${id}") @title("${id}") ${annotations}
  forbid (principal, action in Daypass::Action::"access", resource) unless { ${unless} };`;
const TWO_PEOPLE = guard('two-people', 'context.approvals.count >= 2 && context.approvals.owner');

describe('an emergency', () => {
  it('is permitted by @breakGlass policies alone, and they permit nothing else', () => {
    const engine = engineOf(PERMIT, ORDINARY);
    expect(engine.decide(emergency(), [])).toMatchObject({ outcome: 'approved', reasons: [{ policyId: 'emergency' }] });
    expect(engine.decide({ ...emergency(), breakGlass: false }, [])).toMatchObject({ code: 'not_eligible' });
    expect(engine.decide(emergency({ actions: ['read', 'export'] }), [])).toMatchObject({ code: 'not_eligible' });
    const ana = person('ana', { roles: ['data-scientist', 'oncall'] });
    expect(engineOf(ORDINARY).decide(emergency({ requester: ana }), [])).toMatchObject({ code: 'not_eligible' });
  });

  it('lifts the guards that people could lift, and names them', () => {
    const engine = engineOf(
      PERMIT,
      TWO_PEOPLE,
      guard('confirmed', 'context.selfConfirmed || context.approvals.count >= 1'),
    );
    const decision = engine.decide(emergency(), []);
    expect(decision.outcome).toBe('approved');
    expect(decision.reasons.map(({ policyId }) => policyId)).toEqual(['emergency', 'confirmed', 'two-people']);
  });

  it('leaves every other guard as it is, and those that say that they hold', () => {
    const held = [
      guard('device', 'context.device has managed && context.device.managed'),
      guard('short', 'context.hold <= duration("10m")'),
      guard('never', 'context.approvals.count >= 1', '@holdsInEmergency("people always decide on this")'),
    ];
    const unmanaged = emergency({ facts: { device: { managed: false, diskEncrypted: null, country: null } } });
    for (const [text, asked] of [
      [held[0], unmanaged],
      [held[1], emergency()],
      [held[2], emergency()],
    ] as const) {
      const engine = engineOf(PERMIT, TWO_PEOPLE, text ?? '');
      expect(engine.decide(asked, [])).toMatchObject({ outcome: 'denied', code: 'guardrail', reasons: [{}] });
      expect(engine.enforce(asked, NOBODY_APPROVES).allowed).toBe(false);
    }
    const approvals = [{ subject: 'jo', person: 'jo', owner: true }];
    const engine = engineOf(PERMIT, held[2] ?? '');
    expect(engine.enforce(emergency(), { approvals, selfConfirmed: true }).allowed).toBe(false);
  });

  it('fails closed: an empty list, no entry, a service, an extension, an error of evaluation', () => {
    const engine = engineOf(PERMIT);
    const nobody = dataset({ breakGlass: { to: [], maxDuration: HOUR_MS, rest: HOUR_MS } });
    expect(longestEmergencyMs(nobody)).toBeNull();
    for (const asked of [
      emergency({ resource: nobody }),
      emergency({ resource: dataset() }),
      emergency({ requester: person('eve', { roles: ['analyst'] }) }),
      emergency({ requester: { ...OLU, kind: 'service' } }),
      emergency({ extension: { totalMs: 2 * HOUR_MS } }),
      emergency({ claimed: { purpose: '\ud800', ticket: null } }),
    ])
      expect(engine.enforce(asked, NOBODY_APPROVES).allowed).toBe(false);
  });

  it('never lasts longer than the catalog entry and the resource say, and offers what they allow', () => {
    const engine = engineOf(PERMIT);
    const asked = emergency({ durationMs: HOUR_MS + 1000 });
    expect(engine.decide(asked, [])).toMatchObject({
      code: 'over_max_duration',
      counterOffer: { durationMs: HOUR_MS, outcome: 'approved' },
    });
    const short = { ...OPEN, maxDuration: 10 * MINUTE_MS };
    expect(engine.decide(emergency({ resource: short }), [])).toMatchObject({
      counterOffer: { durationMs: 10 * MINUTE_MS },
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 * HOUR_MS }),
        fc.integer({ min: 2000, max: HOUR_MS }),
        (longest, wanted) => {
          const resource = dataset({ breakGlass: { to: ['platform'], maxDuration: longest, rest: HOUR_MS } });
          const { allowed } = engine.enforce(emergency({ resource, durationMs: wanted }), NOBODY_APPROVES);
          expect(allowed).toBe(wanted <= longest - (longest % 1000));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is shown to those who could have it, whatever the circumstances are now', () => {
    const engine = engineOf(PERMIT, guard('device', 'context.device has managed && context.device.managed'));
    const { facts } = emergency({ facts: { device: { managed: null, diskEncrypted: null, country: null } } });
    expect(engine.eligibleInEmergency(OLU, OPEN, facts)).toEqual(['read']);
    expect(engine.eligibleInEmergency(OLU, dataset(), facts)).toEqual([]);
    expect(engine.eligibleInEmergency(person('eve', {}), OPEN, facts)).toEqual([]);
    expect(engine.eligible(OLU, OPEN, facts, 'standalone')).toEqual([]);
  });
});

describe('the loader refuses', () => {
  const codes = (text: string): readonly string[] => {
    const loaded = loadPolicies([{ file: 'a.cedar', text }], { actions: ['read', 'export'] });
    return loaded.ok ? [] : loaded.error.map(({ code }) => code);
  };
  const permit = (annotation: string, when = '', action = 'action == Daypass::Action::"read"'): string =>
    `@id("a") @title("a") ${annotation} permit (principal, ${action}, resource) ${when};`;

  it.each([
    ['an emergency without a reason', permit('@breakGlass("  ")'), 'emergency_reason'],
    ['@breakGlass on a guard', PERMIT.replace('permit', 'forbid'), 'emergency_effect'],
    ['@holdsInEmergency on a permit', permit('@holdsInEmergency("x")'), 'emergency_effect'],
    [
      'an emergency that waits for people',
      permit('@breakGlass("x")', 'when { context.approvals.count >= 1 }'),
      'emergency_waits',
    ],
    [
      'an emergency that waits for a confirmation',
      permit('@breakGlass("x")', 'when { context.selfConfirmed }'),
      'emergency_waits',
    ],
    [
      'an emergency that makes approvers',
      permit('@breakGlass("x")', '', 'action == Daypass::Action::"approve"'),
      'emergency_waits',
    ],
    [
      'an emergency that believes what is said',
      permit('@breakGlass("x")', 'when { context.claimed.purpose == "incident" }'),
      'claim_untrusted',
    ],
  ])('%s', (_, text, code) => {
    expect(codes(text)).toContain(code);
  });

  it('neither annotation where it belongs', () => {
    expect(codes(PERMIT + guard('b', 'context.approvals.count >= 1', '@holdsInEmergency("x")'))).toEqual([]);
  });
});
