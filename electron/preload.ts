// The bridge into the window: sends commands by name, hands on what main pushes. Nothing else of Electron gets across.
import { contextBridge, ipcRenderer } from 'electron';
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import { channelOf, COMMAND_NAMES, type PushName } from '#shared/contracts/desktop/channels.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';

const names: ReadonlySet<string> = new Set(COMMAND_NAMES);

/** Whom the page shows: sent along with each command, so that none is done in another's name. */
let shown: string | null = null;

function remember(state: DesktopState): DesktopState {
  shown = state.me?.user ?? null;
  return state;
}

/** The listener gets the value alone: an event would carry a way to send to any channel. */
function listen(name: PushName, listener: (value: unknown) => void): () => void {
  const hear = (_event: unknown, value: unknown): void => listener(value);
  const channel = channelOf(name);
  ipcRenderer.on(channel, hear);
  return () => {
    ipcRenderer.removeListener(channel, hear);
  };
}

const bridge: DaypassBridge = {
  send: async (name, args) => {
    // Checked here although the types say so: what calls this is a page.
    if (typeof name !== 'string' || !names.has(name)) throw new Error('no such command');
    const answer = await ipcRenderer.invoke(channelOf(name), shown, args);
    // As main parsed it before it sent it.
    if (name === 'get-state' && answer.ok) remember(answer.value as DesktopState);
    return answer;
  },
  // Main has parsed what it pushes: each name carries one type.
  onState: (listener) => listen('state', (value) => listener(remember(value as DesktopState))),
  onRoute: (listener) => listen('route', (value) => listener(value as Route)),
};

contextBridge.exposeInMainWorld('daypass', bridge);
