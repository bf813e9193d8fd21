// The bridge into the window: sends commands by name, hands on what main pushes. Nothing else of Electron gets across.
import { contextBridge, ipcRenderer } from 'electron';
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import { channelOf, COMMAND_NAMES, type PushName } from '#shared/contracts/desktop/channels.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';

const names: ReadonlySet<string> = new Set(COMMAND_NAMES);

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
    return await ipcRenderer.invoke(channelOf(name), args);
  },
  // Main has parsed what it pushes: each name carries one type.
  onState: (listener) => listen('state', (value) => listener(value as DesktopState)),
  onRoute: (listener) => listen('route', (value) => listener(value as Route)),
};

contextBridge.exposeInMainWorld('daypass', bridge);
