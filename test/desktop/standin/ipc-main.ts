// The main process's side of the pages' calls: handlers by channel, and the answer that goes back.
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { type Encoded, makeCodec } from './codec.ts';
import { emitterOf } from './missing.ts';

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
const { encode, decode } = makeCodec();
const handlers = new Map<string, Handler>();

// Channels are the app's own names, so every event name is known.
class IpcMain extends emitterOf('ipcMain', []) implements Pick<Electron.IpcMain, 'handle' | 'removeHandler'> {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  }
  removeHandler(channel: string): void {
    handlers.delete(channel);
  }
  override on(channel: string | symbol, listener: (event: Electron.IpcMainEvent, ...args: unknown[]) => void): this {
    // The base class lists the events of an object; here every name is the app's own.
    EventEmitter.prototype.on.call(this, channel, listener as (...args: unknown[]) => void);
    return this;
  }
}

export const ipcMain = new IpcMain();

export type FromPage =
  | { readonly is: 'send'; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly is: 'invoke'; readonly id: number; readonly channel: string; readonly args: readonly unknown[] };

export type Reply = { readonly is: 'reply'; readonly id: number; readonly gives?: Encoded; readonly failed?: string };

/** Runs what the app has for a message of a page. Gives the reply, if the page waits for one. */
export async function serveIpc(message: FromPage, event: Electron.IpcMainInvokeEvent): Promise<Reply | undefined> {
  const args = message.args.map((arg) => decode(arg));
  if (message.is === 'send') {
    ipcMain.emit(message.channel, event, ...args);
    return undefined;
  }
  const handler = handlers.get(message.channel);
  try {
    if (handler === undefined) throw new Error(`No handler registered for '${message.channel}'`);
    return { is: 'reply', id: message.id, gives: encode(await handler(event, ...args)) };
  } catch (error) {
    console.error(`Error occurred in handler for '${message.channel}':`, error);
    return {
      is: 'reply',
      id: message.id,
      failed: `Error invoking remote method '${message.channel}': ${String(error)}`,
    };
  }
}

/** A message of `webContents.send`, as text for the preload's world. Throws for what cannot be cloned. */
export function encodeMessage(channel: string, args: readonly unknown[]): string {
  return JSON.stringify({ is: 'message', channel, args: args.map((arg) => encode(arg)) });
}
