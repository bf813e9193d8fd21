// A call that needs a fresh sign-in: one sign-in, one more try, and nothing behind a screen that was locked meanwhile.
import { describe, expect, it } from 'vitest';
import { sendProven } from '#electron/agent/session/send-proven.ts';
import { err, ok } from '#shared/domain/result.ts';

const STALE = { code: 'fresh_sign_in_required', type: '', title: '', status: 401 } as const;
const CANCELLED = { code: 'sign_in_cancelled', title: '', detail: null };

function stage({ accepts, signsIn = true, locks = false }: { accepts: number; signsIn?: boolean; locks?: boolean }) {
  const counts = { calls: 0, signIns: 0 };
  const deps = {
    presence: { locked: () => locks && counts.signIns > 0, idleMs: () => 0 },
    ensureFresh: async () => {
      counts.signIns += 1;
      return await Promise.resolve(signsIn ? ok(null) : err(CANCELLED));
    },
  };
  const send = async () => {
    counts.calls += 1;
    return await Promise.resolve(counts.calls >= accepts ? ok('done') : err(STALE));
  };
  return { counts, sent: sendProven(deps, send) };
}

describe('a call that needs a fresh sign-in', () => {
  it('asks nobody where the broker takes it as it is', async () => {
    const { counts, sent } = stage({ accepts: 1 });
    expect(await sent).toEqual(ok('done'));
    expect(counts).toEqual({ calls: 1, signIns: 0 });
  });

  it('is sent again once after the sign-in, and not a third time', async () => {
    const taken = stage({ accepts: 2 });
    expect(await taken.sent).toEqual(ok('done'));
    const stubborn = stage({ accepts: 9 });
    expect(await stubborn.sent).toMatchObject({ ok: false, error: { code: 'fresh_sign_in_required' } });
    expect([taken.counts, stubborn.counts]).toEqual([
      { calls: 2, signIns: 1 },
      { calls: 2, signIns: 1 },
    ]);
  });

  it('is not sent again when nobody signed in, or the screen was locked meanwhile', async () => {
    const cancelled = stage({ accepts: 2, signsIn: false });
    expect(await cancelled.sent).toEqual(err(CANCELLED));
    const locked = stage({ accepts: 2, locks: true });
    expect(await locked.sent).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect([cancelled.counts.calls, locked.counts.calls]).toEqual([1, 1]);
  });
});
