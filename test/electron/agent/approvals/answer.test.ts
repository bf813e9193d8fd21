// The broker's demand for a fresh sign-in: met from the window, and once; a notification leads to the window instead.
import { describe, expect, it } from 'vitest';
import { answerRequest, type AnsweredFrom } from '#electron/agent/approvals/answer.ts';
import type { OutcomeNotices } from '#electron/agent/notices/outcome-notices.ts';
import type { Person } from '#electron/agent/session/person.ts';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { err, ok } from '#shared/domain/result.ts';

const GIVEN = {
  requestId: 'req_aaaaaaaaaaaaaaaaaaaaaa',
  scopeHash: '0'.repeat(64),
  answer: 'approve',
  reason: null,
  narrowToMs: null,
  narrowToActions: null,
} as const;

function stage({ accepts, signsIn }: { readonly accepts: number; readonly signsIn: boolean }) {
  const counts = { calls: 0, signIns: 0, gone: 0 };
  const waiting = new Map([[GIVEN.requestId, { scopeHash: GIVEN.scopeHash } as RequestView]]);
  const person = {
    book: { approvals: () => waiting } as unknown as Person['book'],
    call: (async () => {
      counts.calls += 1;
      return counts.calls >= accepts
        ? ok({})
        : err({ code: 'fresh_sign_in_required', type: '', title: '', status: 401 });
    }) as unknown as Person['call'],
    rereadRequest: () => undefined,
  };
  const deps = {
    presence: { locked: () => false, idleMs: () => 0 },
    notices: { approvalGone: () => (counts.gone += 1) } as unknown as OutcomeNotices,
    answeredHere: new Set<string>(),
    ensureFresh: async () => {
      counts.signIns += 1;
      return await Promise.resolve(
        signsIn ? ok(null) : err({ code: 'fresh_sign_in_required', title: '', detail: null }),
      );
    },
  };
  return { counts, answer: async (from: AnsweredFrom) => await answerRequest(deps, person, GIVEN, from) };
}

describe('an answer that needs a fresh sign-in', () => {
  it('from the window is sent again, once, after the person signed in', async () => {
    const { counts, answer } = stage({ accepts: 2, signsIn: true });
    expect(await answer('window')).toEqual(ok(null));
    expect(counts).toEqual({ calls: 2, signIns: 1, gone: 1 });
  });

  it('from the window is not sent again when nobody signed in, and not twice when the broker asks again', async () => {
    const refused = stage({ accepts: 2, signsIn: false });
    expect(await refused.answer('window')).toMatchObject({ error: { code: 'fresh_sign_in_required' } });
    expect(refused.counts).toEqual({ calls: 1, signIns: 1, gone: 0 });
    const stubborn = stage({ accepts: 9, signsIn: true });
    expect(await stubborn.answer('window')).toMatchObject({ error: { code: 'fresh_sign_in_required' } });
    expect(stubborn.counts).toEqual({ calls: 2, signIns: 1, gone: 0 });
  });

  it('from a notification asks nobody to sign in: its refusal opens the window', async () => {
    const { counts, answer } = stage({ accepts: 2, signsIn: true });
    expect(await answer('notice')).toMatchObject({ error: { code: 'fresh_sign_in_required' } });
    expect(counts).toEqual({ calls: 1, signIns: 0, gone: 0 });
  });
});
