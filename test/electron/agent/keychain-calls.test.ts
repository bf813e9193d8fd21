import { describe, expect, it } from 'vitest';
import { createKeychainCalls } from '#electron/agent/keychain-calls.ts';
import type { KeychainProblem } from '#electron/agent/keychain-port.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { createHandTimers } from '#test/support/hand-timers.ts';

const PATIENCE_MS = 1000;

function prompt(): { readonly run: () => Promise<Result<string, KeychainProblem>>; readonly answer: () => void } {
  let answer = (): void => undefined;
  const answered = new Promise<Result<string, KeychainProblem>>((resolve) => {
    answer = () => resolve(ok('answered'));
  });
  return { run: () => answered, answer: () => answer() };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('calls to a keychain that waits for a person', () => {
  it('run one after another, each after the one before is over', async () => {
    const calls = createKeychainCalls(createHandTimers(), PATIENCE_MS);
    let running = 0;
    let most = 0;
    const call = async (): Promise<Result<null, KeychainProblem>> => {
      running += 1;
      most = Math.max(most, running);
      await turns();
      running -= 1;
      return ok(null);
    };
    await Promise.all([1, 2, 3].map(() => calls({ run: call, late: async () => undefined })));
    expect(most).toBe(1);
  });

  it('leave one that hangs behind, refuse the others at once, and undo what it brings late before going on', async () => {
    const timers = createHandTimers();
    const calls = createKeychainCalls(timers, PATIENCE_MS);
    const hanging = prompt();
    const undone: string[] = [];
    const late = async (value: string): Promise<void> => void undone.push(value);
    let begun = 0;
    const quick = async (): Promise<Result<string, KeychainProblem>> => {
      begun += 1;
      return ok('quick');
    };
    const first = calls({ run: hanging.run, late });
    const second = calls({ run: quick, late });
    await turns();
    timers.pass(PATIENCE_MS);
    expect(await first).toEqual({ ok: false, error: 'locked' });
    expect(await second).toEqual({ ok: false, error: 'locked' });
    expect(await calls({ run: quick, late })).toEqual({ ok: false, error: 'locked' });
    expect(begun).toBe(0);
    hanging.answer();
    await turns();
    expect(undone).toEqual(['answered']);
    expect(await calls({ run: quick, late })).toEqual(ok('quick'));
    expect(timers.pending()).toBe(0);
  });

  it('go on after one that threw', async () => {
    const calls = createKeychainCalls(createHandTimers(), PATIENCE_MS);
    const broken = calls({ run: () => Promise.reject(new Error('broken')), late: async () => undefined });
    await expect(broken).rejects.toThrow('broken');
    expect(await calls({ run: async () => ok('quick'), late: async () => undefined })).toEqual(ok('quick'));
  });
});
