// The bridge into the window: sends commands by name, hands on what main pushes. Nothing else of Electron gets across.
import { contextBridge, ipcRenderer } from 'electron';
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import { channelOf, COMMAND_NAMES, type PushName } from '#shared/contracts/desktop/channels.ts';

const names: ReadonlySet<string> = new Set(COMMAND_NAMES);

/** The listener gets the value alone: an event would carry a way to send to any channel. */
function listen(name: PushName, listener: (value: never) => void): () => void {
  // Main parses what it pushes; each name has one type.
  const hear = (_event: unknown, value: never): void => listener(value);
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
  onState: (listener) => listen('state', listener),
  onRoute: (listener) => listen('route', listener),
};

contextBridge.exposeInMainWorld('daypass', bridge);
