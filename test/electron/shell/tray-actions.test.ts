import { describe, expect, it } from 'vitest';
import type { Agent, AgentCommands } from '#electron/agent/agent.ts';
import { createTrayActions } from '#electron/shell/tray-actions.ts';
import type { TrayAction } from '#electron/shell/tray-item.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { err, ok } from '#shared/domain/result.ts';
import { samplePreset, sampleState } from './sample-state.ts';
import { keepingLog } from './small-log.ts';

const REFUSED = err({ code: 'no', title: 'No', detail: null });

function world(commands: Partial<AgentCommands>) {
  const shown: (Route | null)[] = [];
  const { log, lines } = keepingLog();
  let nowMs = 0;
  // Only the commands that a test clicks are there.
  const agent = { commands, act: async () => REFUSED, state: () => sampleState() } as unknown as Agent;
  const act = createTrayActions({
    app: { agent, quit: () => undefined },
    show: (route) => shown.push(route ?? null),
    log,
    elapsedMs: () => nowMs,
  });
  const click = async (action: TrayAction, user: string | null = 'ana'): Promise<void> => {
    act(action, user);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { click, shown, lines, pass: (ms: number) => (nowMs += ms) };
}

describe('a click in the tray', () => {
  it('asks once for a double click, and again for a later one', async () => {
    const attempts: string[] = [];
    const { click, pass, shown } = world({
      ask: async ({ attempt }) => {
        attempts.push(attempt);
        return ok({ requestId: 'r', state: 'approved' });
      },
    });
    await click({ do: 'ask', preset: samplePreset() });
    pass(200);
    await click({ do: 'ask', preset: samplePreset() });
    pass(10_000);
    await click({ do: 'ask', preset: samplePreset() });
    expect(attempts[0]).toBe(attempts[1]);
    expect(attempts[2]).not.toBe(attempts[1]);
    expect(shown).toEqual([]);
  });

  it('signs in by the browser, and shows the window where that does not begin', async () => {
    const how: unknown[] = [];
    const { click, shown } = world({
      'sign-in': async (args) => {
        how.push(args);
        return how.length === 1 ? ok(null) : REFUSED;
      },
      'cancel-sign-in': async () => ok(null),
    });
    await click({ do: 'sign-in' });
    await click({ do: 'cancel-sign-in' });
    expect(shown).toEqual([]);
    await click({ do: 'sign-in' });
    expect(how).toEqual([
      { how: 'browser', fresh: false },
      { how: 'browser', fresh: false },
    ]);
    expect(shown).toEqual([{ screen: 'access', grantId: null }]);
  });

  it('only opens the form, prefilled, where policy does not approve or the asking fails', async () => {
    let asked = 0;
    const { click, shown } = world({
      ask: async () => {
        asked += 1;
        return REFUSED;
      },
    });
    await click({ do: 'ask', preset: samplePreset({ outcome: 'needs_approval' }) });
    await click({ do: 'ask', preset: samplePreset({ outcome: null }) });
    expect(asked).toBe(0);
    await click({ do: 'ask', preset: samplePreset() });
    expect(shown).toHaveLength(3);
    expect(
      shown.every((route) => route?.screen === 'form' && route.prefill?.resource === 'dataset:support-chats'),
    ).toBe(true);
  });

  it('on a menu that was made for somebody else does nothing in their name or ours', async () => {
    const called: string[] = [];
    const { click, shown } = world({
      ask: async () => (called.push('ask'), REFUSED),
      'end-everything': async () => (called.push('end-everything'), ok({ ended: 0, failed: 0 })),
    });
    await click({ do: 'ask', preset: samplePreset() }, 'jo');
    expect(called).toEqual([]);
    expect(shown).toEqual([null]);
    await click({ do: 'end-everything' }, 'jo');
    expect(called).toEqual(['end-everything']);
  });

  it('leads to the grant when its command is refused', async () => {
    const { click, shown } = world({ done: async () => REFUSED });
    await click({ do: 'done', grantId: 'g' });
    await click({ do: 'extend', grantId: 'g' });
    expect(shown).toEqual([
      { screen: 'access', grantId: 'g' },
      { screen: 'access', grantId: 'g' },
    ]);
  });

  it('leads to the window when something breaks, and the log says so', async () => {
    const { click, shown, lines } = world({
      'end-everything': async () => {
        throw new Error('broken');
      },
    });
    await click({ do: 'end-everything' });
    expect(shown).toEqual([null]);
    expect(lines.join('')).toContain('tray.action');
  });
});
