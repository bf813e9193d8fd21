// What the screens know and can do: the last snapshot, cleaned, and commands. The only holder of the bridge.
import { createContext, useContext, useSyncExternalStore, type ReactNode } from 'react';
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { CommandArgs, CommandProblem, CommandResult } from '#shared/contracts/desktop/commands.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { err, type Result } from '#shared/domain/result.ts';
import { cleanDeep } from './clean.ts';
import { anchorClock } from './clock.ts';

export type Answer<N extends CommandName> = Result<CommandResult<N>, CommandProblem>;
export type Send = <N extends CommandName>(name: N, args: CommandArgs<N>) => Promise<Answer<N>>;

export type Desktop = {
  readonly snapshot: () => DesktopState | null;
  readonly subscribe: (listener: () => void) => () => void;
  readonly send: Send;
  readonly onRoute: (listener: (route: Route) => void) => () => void;
};

/** Follows the bridge. Asks for the first snapshot, and again whenever the window comes back into view. */
export function followDesktop(bridge: DaypassBridge, page: Document): Desktop {
  let state: DesktopState | null = null;
  const listeners = new Set<() => void>();
  const take = (next: DesktopState): void => {
    state = cleanDeep(next);
    anchorClock(state.nowMs);
    for (const listener of listeners) listener();
  };
  const send: Send = async (name, args) => {
    try {
      return cleanDeep(await bridge.send(name, args));
    } catch {
      return err({ code: 'broken', title: 'Daypass did not answer', detail: null });
    }
  };
  const refresh = async (): Promise<void> => {
    const answer = await send('get-state', null);
    if (answer.ok) take(answer.value);
  };
  bridge.onState(take);
  // Asleep or hidden, this window's own clock may have stood still.
  page.addEventListener('visibilitychange', () => {
    if (!page.hidden) void refresh();
  });
  void refresh();
  return {
    snapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send,
    onRoute: (listener) => bridge.onRoute((route) => listener(cleanDeep(route))),
  };
}

const DesktopContext = createContext<Desktop | null>(null);
const StateContext = createContext<DesktopState | null>(null);

/** Shows `children` once there is a snapshot, `before` until then. */
export function DesktopProvider(props: {
  readonly desktop: Desktop;
  readonly before: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const state = useSyncExternalStore(props.desktop.subscribe, props.desktop.snapshot);
  return (
    <DesktopContext value={props.desktop}>
      {state === null ? props.before : <StateContext value={state}>{props.children}</StateContext>}
    </DesktopContext>
  );
}

export function useDesktop(): Desktop {
  const desktop = useContext(DesktopContext);
  if (desktop === null) throw new Error('outside of DesktopProvider');
  return desktop;
}

export function useDesktopState(): DesktopState {
  const state = useContext(StateContext);
  if (state === null) throw new Error('outside of DesktopProvider');
  return state;
}

export function useSend(): Send {
  return useDesktop().send;
}
