import { expect, it } from 'vitest';
import { boundedClipboard } from '#electron/agent/bounded-clipboard.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { createHandTimers } from '#test/support/hand-timers.ts';

it('gives up a look that hangs, asks nothing more until that comes back, and then goes on', async () => {
  const hand = createHandClipboard();
  const timers = createHandTimers();
  let calls = 0;
  let comeBack: (text: string | null) => void = () => undefined;
  const read = (): Promise<string | null> => {
    calls += 1;
    return calls === 1 ? new Promise((resolve) => (comeBack = resolve)) : hand.read();
  };
  const clipboard = boundedClipboard({ ...hand, read }, timers);
  const hanging = expect(clipboard.read()).rejects.toThrow('hangs');
  timers.pass(5000);
  await hanging;
  await expect(clipboard.read()).rejects.toThrow('hangs');
  await expect(clipboard.clear()).rejects.toThrow('hangs');
  expect(calls).toBe(1);
  comeBack(null);
  await expect.poll(async () => await clipboard.read().catch(() => 'hangs')).toBeNull();
  expect(timers.pending()).toBe(0);
});
