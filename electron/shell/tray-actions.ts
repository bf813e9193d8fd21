// What a click in the tray's menu does: one command of the agent, then the window where a person must look.
import { randomUUID } from 'node:crypto';
import type { Agent } from '../agent/agent.ts';
import type { Log } from '../agent/ports.ts';
import type { Preset } from '#shared/contracts/desktop/cards.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { Running } from './running.ts';
import type { TrayAction } from './tray-item.ts';

type Options = {
  readonly app: Pick<Running, 'agent' | 'quit'>;
  readonly show: (route?: Route) => void;
  readonly log: Log;
  /** Any clock that never goes back. */
  readonly elapsedMs: () => number;
};

type AgentAction = Exclude<TrayAction, { do: 'open' | 'show' | 'quit' }>;

// Two clicks on the same entry within this time are one wish.
const ONE_WISH_MS = 3 * SECOND_MS;

/**
 * Gives what to do with a click, on a menu made for this `user`: nothing is done in another's name. Whatever is refused leads to the
 * window, where the state says why.
 */
export function createTrayActions({
  app,
  show,
  log,
  elapsedMs,
}: Options): (action: TrayAction, user: string | null) => void {
  const attempts = createAttempts(elapsedMs);

  const ask = async (running: Agent, preset: Preset): Promise<Route | null> => {
    if (preset.outcome !== 'approved') return formOf(preset);
    const asked = await running.commands.ask({
      wish: {
        resource: preset.resource.id,
        actions: [...preset.actions],
        purpose: preset.purpose,
        justification: preset.justification,
        ticket: null,
        durationMs: preset.durationMs,
        startAtMs: null,
        endsWithOperation: false,
        extendsGrant: null,
        breakGlass: false,
      },
      attempt: attempts(JSON.stringify([preset.resource.id, preset.actions, preset.durationMs])),
    });
    if (!asked.ok) return formOf(preset);
    return asked.value.state === 'approved' ? null : HOME;
  };

  /** Gives where the person must look, null when all is well. */
  const run = async (running: Agent, action: AgentAction): Promise<Route | null> => {
    const { commands } = running;
    switch (action.do) {
      case 'ask':
        return await ask(running, action.preset);
      case 'start':
        return (await commands.start({ requestId: action.requestId })).ok ? null : HOME;
      case 'end-everything': {
        const ended = await commands['end-everything'](null);
        return ended.ok && ended.value.failed === 0 ? null : HOME;
      }
      case 'sign-in':
        // The browser opens; where it cannot, the window says so and offers a code.
        return (await commands['sign-in']({ how: 'browser', fresh: false })).ok ? null : HOME;
      case 'cancel-sign-in':
        return (await commands['cancel-sign-in'](null)).ok ? null : HOME;
      case 'copy-token':
      case 'done':
      case 'retry-wipe':
        return (await commands[action.do]({ grantId: action.grantId })).ok ? null : grantRoute(action.grantId);
      case 'copy-snippet': {
        const { grantId, kind } = action;
        return (await commands['copy-snippet']({ grantId, kind })).ok ? null : grantRoute(grantId);
      }
      case 'extend': {
        const { grantId } = action;
        return (await running.act({ kind: 'extend', label: 'Extend', grantId, attempt: `extend-${randomUUID()}` })).ok
          ? null
          : grantRoute(grantId);
      }
    }
  };

  const follow = async (running: Agent, action: AgentAction): Promise<void> => {
    try {
      const route = await run(running, action);
      if (route !== null) show(route);
    } catch (error) {
      log.trouble('tray.action', error, { action: action.do });
      show();
    }
  };

  return (action, user) => {
    if (action.do === 'quit') return app.quit();
    if (action.do === 'show') return show();
    if (action.do === 'open') return show(action.route);
    const running = app.agent;
    if (running === null) return show();
    if (action.do !== 'end-everything' && (running.state().me?.user ?? null) !== user) return show();
    void follow(running, action);
  };
}

const HOME: Route = { screen: 'access', grantId: null };

function grantRoute(grantId: string): Route {
  return { screen: 'access', grantId };
}

function formOf({ resource, actions, purpose, durationMs, justification }: Preset): Route {
  return {
    screen: 'form',
    fromLink: false,
    prefill: { resource: resource.id, actions: [...actions], purpose, durationMs, justification },
  };
}

/** The same attempt for the same wish while it is still one click for a person. */
function createAttempts(elapsedMs: () => number): (wish: string) => string {
  let last = { wish: '', attempt: '', atMs: -ONE_WISH_MS };
  return (wish) => {
    const now = elapsedMs();
    if (last.wish !== wish || now - last.atMs >= ONE_WISH_MS) last = { wish, attempt: randomUUID(), atMs: now };
    return last.attempt;
  };
}
