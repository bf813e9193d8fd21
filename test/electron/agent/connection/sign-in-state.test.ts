// How a person stands towards a broker, over any order of events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstStanding,
  isSameAccount,
  moveSignIn,
  signInView,
  type SignInEvent,
  type Standing,
} from '#electron/agent/connection/sign-in-state.ts';

const NOW_MS = 1_000_000_000;
const ANA = { issuer: 'https://id.example.org', subject: 'ana', name: 'Ana' };
const JO = { issuer: 'https://id.example.org', subject: 'jo', name: 'Jo' };
const ids = fc.integer({ min: 1, max: 3 });
const accounts = fc.constantFrom(ANA, JO, { ...ANA, issuer: 'https://other.example.org' });
const proofs = fc.constantFrom(null, NOW_MS, NOW_MS - 3_600_000, NOW_MS + 1000);
const code = { userCode: 'ABCD', url: 'https://id.example.org/device', expiresAtMs: NOW_MS + 60_000 };

const events: fc.Arbitrary<SignInEvent> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), id: ids, sinceMs: fc.constant(NOW_MS), fresh: fc.boolean() }),
  fc.record({ kind: fc.constant('code' as const), id: ids, code: fc.constant(code) }),
  fc.record({ kind: fc.constant('granted' as const), id: ids, account: accounts, provedAtMs: proofs }),
  fc.record({ kind: fc.constant('failed' as const), id: ids, code: fc.constant('denied') }),
  fc.constant({ kind: 'cancel' } as const),
  fc.record({ kind: fc.constant('ended' as const), why: fc.constantFrom('expired' as const, 'refused' as const) }),
  fc.constant({ kind: 'sign_out' } as const),
);
const runs = fc.array(events, { maxLength: 40 });

/** Gives each step: what was, what happened, what is. */
function steps(
  run: readonly SignInEvent[],
): { before: Standing; event: SignInEvent; after: Standing; moved: boolean }[] {
  let standing = firstStanding({ kind: 'out', why: 'never' });
  return run.map((event) => {
    const before = standing;
    const moved = moveSignIn(before, event);
    if (moved.ok) standing = moved.value;
    return { before, event, after: standing, moved: moved.ok };
  });
}

const always = (look: (step: ReturnType<typeof steps>[number]) => void): void =>
  fc.assert(
    fc.property(runs, (run) => steps(run).forEach(look)),
    { numRuns: 500 },
  );

describe('the standing of a person', () => {
  it('becomes signed in by the answer to the attempt under way, and by nothing else', () => {
    always(({ before, event, after }) => {
      if (after.session.kind !== 'in' || after.session === before.session) return;
      expect(event).toMatchObject({ kind: 'granted', id: before.attempt?.id, account: after.session.account });
    });
  });

  it('keeps the account over every fresh sign-in, and counts only a new proof', () => {
    always(({ before, event, moved }) => {
      if (event.kind !== 'granted' || !moved || before.attempt?.again == null) return;
      expect(isSameAccount(before.attempt.again, event.account)).toBe(true);
      expect(event.provedAtMs ?? 0).toBeGreaterThanOrEqual(before.attempt.sinceMs - 60_000);
    });
  });

  it('loses a sign-in only by its end or a sign-out: no attempt that fails takes it away', () => {
    always(({ before, event, after }) => {
      if (before.session.kind !== 'in' || after.session.kind === 'in') return;
      expect(['ended', 'sign_out']).toContain(event.kind);
    });
  });

  it('has no attempt and nobody after a sign-out, whatever answers come later', () => {
    fc.assert(
      fc.property(runs, runs, (first, later) => {
        const late = later.filter(({ kind }) => kind !== 'begin');
        const all = steps([...first, { kind: 'sign_out' }, ...late]);
        expect(all.at(-1)?.after).toMatchObject({ session: { kind: 'out' }, attempt: null });
      }),
    );
  });

  it('shows one thing at a time, and never how long a proof counts after that time', () => {
    always(({ after }) => {
      const shown = signInView(after, NOW_MS, 300_000);
      if (after.attempt !== null) expect(['in_browser', 'device_code']).toContain(shown.kind);
      if (shown.kind === 'signed_in' && shown.freshUntilMs !== null) expect(shown.freshUntilMs).toBeGreaterThan(NOW_MS);
    });
  });
});
