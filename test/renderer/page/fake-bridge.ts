// A small real bridge: it keeps what was sent, answers as the test says, and pushes what the test gives it.
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';

export type Sent = { readonly name: CommandName; readonly args: unknown; readonly atMs: number };
export type Reply = { readonly delayMs?: number } & Result<unknown, CommandProblem>;

/** What a test reaches from outside, as `window.desk`. */
export type Desk = {
  readonly sent: Sent[];
  readonly push: (state: DesktopState) => void;
  readonly route: (route: Route) => void;
  /** The next replies of a command, in order; the last one stays. */
  readonly reply: (name: CommandName, replies: readonly Reply[]) => void;
};

declare global {
  interface Window {
    readonly desk: Desk;
    /** Set by the test before the page starts. */
    readonly deskStart: {
      readonly state: DesktopState;
      readonly route: Route;
      readonly replies: Record<string, unknown>;
    };
  }
}

const NOTHING: ReadonlySet<CommandName> = new Set(['preview', 'history']);

function make(): { readonly bridge: DaypassBridge; readonly desk: Desk } {
  const start = window.deskStart;
  let state = start.state;
  const stateListeners = new Set<(state: DesktopState) => void>();
  const routeListeners = new Set<(route: Route) => void>();
  const replies = new Map<string, Reply[]>();
  const sent: Sent[] = [];
  const plain = (name: CommandName): Reply => {
    if (name === 'get-state') return ok(state);
    if (name === 'get-route') return ok(start.route);
    if (name in start.replies) return ok(start.replies[name]);
    return NOTHING.has(name) ? err({ code: 'offline', title: 'offline', detail: null }) : ok(null);
  };
  const send = async (name: CommandName, args: unknown): Promise<Result<unknown, CommandProblem>> => {
    sent.push({ name, args, atMs: performance.now() });
    const queue = replies.get(name);
    const reply = (queue !== undefined && queue.length > 1 ? queue.shift() : queue?.[0]) ?? plain(name);
    if (reply.delayMs !== undefined) await new Promise((done) => setTimeout(done, reply.delayMs));
    return reply.ok ? ok(reply.value) : err(reply.error);
  };
  return {
    bridge: {
      // The window's types promise more than a test's answers: the contract test parses what is sent.
      send: send as DaypassBridge['send'],
      onState: (listener) => {
        stateListeners.add(listener);
        return () => stateListeners.delete(listener);
      },
      onRoute: (listener) => {
        routeListeners.add(listener);
        return () => routeListeners.delete(listener);
      },
    },
    desk: {
      sent,
      push: (next) => {
        state = next;
        for (const listener of stateListeners) listener(next);
      },
      route: (route) => {
        for (const listener of routeListeners) listener(route);
      },
      reply: (name, next) => replies.set(name, [...next]),
    },
  };
}

export const fakeBridge = make();
