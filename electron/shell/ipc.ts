// The only file that listens to the window. Every channel is a command of the contract; each goes through the one door.
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import type { Log } from '../agent/ports.ts';
import { channelOf, COMMAND_NAMES } from '#shared/contracts/desktop/channels.ts';
import { APP_ORIGIN } from './app-files.ts';
import { createCommandDoor, type CommandHandlers } from './command-door.ts';

type Serving = {
  readonly handlers: CommandHandlers;
  readonly log: Log;
  /** The `user` of who is shown now, or null. */
  readonly shown: () => string | null;
  /** Whether these web contents are our window's. */
  readonly isOurWindow: (webContentsId: number) => boolean;
};

/** Serves every command to our window. Nothing else is listened to, not even what a library opened. */
export function serveCommands({ handlers, log, shown, isOurWindow }: Serving): void {
  // The settings library answers a message of its own with paths of this machine.
  ipcMain.removeAllListeners();
  const door = createCommandDoor({ handlers, log, shown });
  for (const name of COMMAND_NAMES) {
    ipcMain.handle(
      channelOf(name),
      async (event, shownThere: unknown, ...args: readonly unknown[]) =>
        await door(name, {
          fromOurWindow: isOurWindow(event.sender.id) && isOurFrame(event),
          shown: shownThere,
          args,
        }),
    );
  }
}

function isOurFrame({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  // Null: the frame went away or elsewhere meanwhile.
  if (senderFrame === null || senderFrame.parent !== null) return false;
  if (senderFrame.frameTreeNodeId !== sender.mainFrame.frameTreeNodeId) return false;
  return senderFrame.origin === APP_ORIGIN && senderFrame.url.startsWith(`${APP_ORIGIN}/`);
}
