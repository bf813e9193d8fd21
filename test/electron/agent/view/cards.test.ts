// Every state of a request, a grant and a local copy shows as exactly one thing, and as the right one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantCard, grantPhase } from '#electron/agent/view/grant-card.ts';
import { requestCard, requestPhase, type RequestHere } from '#electron/agent/view/request-card.ts';
import type { LocalCopy } from '#electron/agent/vault/vault.ts';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { grantCardSchema, requestCardSchema } from '#shared/contracts/desktop/cards.ts';
import { isRequestOver } from '#shared/domain/request.ts';
import { formatInstant, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';

const NOW_MS = Date.parse('2026-11-24T09:00:00Z');
const STATES: readonly RequestView['state'][] = [
  'pending',
  'approved',
  'rejected',
  'withdrawn',
  'superseded',
  'lapsed',
  'denied',
  'fulfilled',
  'revoked',
];
const COPY_STATES: readonly LocalCopy['state'][] = [
  'intended',
  'stored',
  'abandoned',
  'missing',
  'wiping',
  'wiped',
  'wipe_failed',
];

const VIEW: RequestView = {
  id: 'req_aaaaaaaaaaaaaaaaaaaaaa',
  state: 'pending',
  closeCode: null,
  closeReason: null,
  requester: { name: 'Ana', me: true },
  resource: { id: 'dataset:x', name: 'X', sensitivity: 'internal' },
  asked: { actions: ['read', 'export'], duration: 'PT2H' },
  scope: { actions: ['read'], duration: 'PT1H', startAt: null },
  scopeHash: '0'.repeat(64),
  purpose: 'evaluation',
  justification: '',
  ticket: null,
  endsWith: null,
  extends: null,
  bundleId: null,
  decision: {
    outcome: 'needs_approval',
    policyHash: 'h',
    reasons: [],
    needed: { count: 1, owner: false },
    approvers: [],
    code: null,
    missingFacts: [],
    counterOffer: null,
    retryAt: null,
    facts: 'asserted',
  },
  answers: [],
  approvers: [],
  nudgeAt: null,
  reminders: 0,
  escalatedAt: null,
  breakGlass: false,
  selfConfirmed: false,
  createdAt: formatInstant(NOW_MS),
  approvedAt: null,
  lapsesAt: null,
  grantId: null,
  revokeClass: { kind: 'instant' },
};

const COPY: LocalCopy = {
  collectId: 'c',
  requestId: VIEW.id,
  user: 'ana',
  resource: 'dataset:x',
  state: 'stored',
  heldIn: 'keychain',
  intendedAtMs: NOW_MS,
  issued: {
    grantId: 'grt_aaaaaaaaaaaaaaaaaaaaaa',
    credentialId: 'crd',
    actions: ['read'],
    startsAtMs: NOW_MS,
    endsAtMs: NOW_MS + HOUR_MS,
    url: 'http://127.0.0.1:1/gateway/dataset/x/',
    target: null,
    extendsGrant: null,
    endsWithOperation: false,
  },
  clipboardUntilMs: null,
  wipe: null,
};

const copies: fc.Arbitrary<LocalCopy | undefined> = fc.option(
  fc
    .record({ state: fc.constantFrom(...COPY_STATES), issued: fc.constantFrom(null, COPY.issued) })
    .map((over) => ({ ...COPY, ...over })),
  { nil: undefined },
);
const views: fc.Arbitrary<RequestView> = fc
  .record({
    state: fc.constantFrom(...STATES),
    outcome: fc.constantFrom(
      'approved' as const,
      'needs_approval' as const,
      'needs_confirmation' as const,
      'denied' as const,
    ),
    selfConfirmed: fc.boolean(),
    startAt: fc.constantFrom(null, formatInstant(NOW_MS - 1), formatInstant(NOW_MS + 1)),
  })
  .map(({ state, outcome, selfConfirmed, startAt }) => ({
    ...VIEW,
    state,
    selfConfirmed,
    scope: { ...VIEW.scope, startAt },
    decision: { ...VIEW.decision, outcome },
  }));
const heres: fc.Arbitrary<RequestHere> = fc.record({
  nowMs: fc.constant(NOW_MS),
  entry: fc.constant(undefined),
  progress: fc.record({ collecting: fc.boolean(), problem: fc.constantFrom(null, 'keychain_locked') }),
  copy: copies,
  dismissed: fc.boolean(),
});

describe('a request', () => {
  it('shows as what the broker and this machine say of it', () => {
    fc.assert(
      fc.property(views, heres, (view, here) => {
        const phase = requestPhase(view, here);
        const open = !isRequestOver(view.state);
        // What still needs somebody can never be put away or hidden.
        if (open) expect(phase).not.toBeNull();
        if (phase === 'ready' || phase === 'scheduled') expect(view.state).toBe('approved');
        if (phase === 'scheduled') expect(Date.parse(view.scope.startAt ?? '')).toBeGreaterThan(NOW_MS);
        if (phase === 'waiting' || phase === 'confirm') expect(view.state).toBe('pending');
        if (phase === 'confirm') expect(view.decision.outcome).toBe('needs_confirmation');
        if (phase === 'interrupted') expect(here.copy?.state).toBe('intended');
        if (!open && view.state !== 'fulfilled' && view.state !== 'superseded')
          expect(phase).toBe(here.dismissed ? null : view.state);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads as the window reads it, whatever its state', () => {
    fc.assert(
      fc.property(views, heres, (view, here) => {
        const card = requestCard(view, here);
        if (card !== null) expect(() => requestCardSchema.parse(card)).not.toThrow();
        if (card?.phase === 'interrupted') expect(card.problem).not.toBeNull();
      }),
    );
  });

  it('shows as narrowed when people gave less', () => {
    const here: RequestHere = {
      nowMs: NOW_MS,
      entry: undefined,
      progress: { collecting: false, problem: null },
      copy: undefined,
      dismissed: false,
    };
    expect(requestCard(VIEW, here)).toMatchObject({
      narrowed: true,
      askedDurationMs: 2 * HOUR_MS,
      durationMs: HOUR_MS,
    });
    const whole = { ...VIEW, scope: { ...VIEW.scope, ...VIEW.asked } };
    expect(requestCard(whole, here)?.narrowed).toBe(false);
  });
});

describe('a credential on this machine', () => {
  const times = fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS });

  it('shows from the moment it was issued until it is gone, and only then', () => {
    fc.assert(
      fc.property(copies, times, (copy, offsetMs) => {
        if (copy === undefined) return;
        const phase = grantPhase(copy, { nowMs: NOW_MS + offsetMs, warnBefore: [10 * MINUTE_MS] });
        const here = copy.issued !== null && copy.state !== 'wiped' && copy.state !== 'abandoned';
        expect(phase !== null).toBe(here);
        if (copy.state === 'stored' && here) expect(phase).toBe(offsetMs >= 50 * MINUTE_MS ? 'ending' : 'active');
        else if (here && copy.state !== 'intended') expect(phase).toBe(copy.state);
      }),
      { numRuns: 1000 },
    );
  });

  it('offers to be used only while it can be', () => {
    fc.assert(
      fc.property(copies, times, (copy, offsetMs) => {
        if (copy === undefined) return;
        const card = grantCard(copy, {
          nowMs: NOW_MS + offsetMs,
          entry: undefined,
          request: VIEW,
          warnBefore: [10 * MINUTE_MS, 2 * MINUTE_MS],
          extension: null,
        });
        if (card === null) return;
        expect(() => grantCardSchema.parse(card)).not.toThrow();
        expect(card.snippets.length > 0).toBe(copy.state === 'stored');
        expect(card.warnAtMs).toEqual([card.endsAtMs - 10 * MINUTE_MS, card.endsAtMs - 2 * MINUTE_MS]);
      }),
    );
  });
});
