// Questions that only the system may ask: where an export or the log goes; and the one message of an app that cannot start.
import { app, dialog, type BrowserWindow } from 'electron';

/** Asks for a folder. Null when the person closed the question. */
export async function askExportFolder(parent: BrowserWindow | null): Promise<string | null> {
  return await askFolder(parent, { title: 'Export the log', buttonLabel: 'Export here' });
}

/** Asks into which folder the log is written from now on. Null when the person closed the question. */
export async function askSinkFolder(parent: BrowserWindow | null): Promise<string | null> {
  return await askFolder(parent, { title: 'Write the log into a folder', buttonLabel: 'Use this folder' });
}

async function askFolder(
  parent: BrowserWindow | null,
  words: { readonly title: string; readonly buttonLabel: string },
): Promise<string | null> {
  const options = { ...words, properties: ['openDirectory' as const, 'createDirectory' as const] };
  const answer = parent === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(parent, options);
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}

/** Says why the app does not start, and waits until it was read. */
export async function tellCannotStart(reason: string): Promise<void> {
  await app.whenReady();
  dialog.showErrorBox('Daypass cannot start', reason);
}
