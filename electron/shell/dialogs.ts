// Questions that only the system may ask: where an export goes; and the one message of an app that cannot start.
import { app, dialog, type BrowserWindow } from 'electron';

/** Asks for a folder. Null when the person closed the question. */
export async function askExportFolder(parent: BrowserWindow | null): Promise<string | null> {
  const options = {
    title: 'Export the log',
    buttonLabel: 'Export here',
    properties: ['openDirectory' as const, 'createDirectory' as const],
  };
  const answer = parent === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(parent, options);
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}

/** Says why the app does not start, and waits until it was read. */
export async function tellCannotStart(reason: string): Promise<void> {
  await app.whenReady();
  dialog.showErrorBox('Daypass cannot start', reason);
}
