// Facts about this very program: version, place, language, and where its data and shipped files are.
import { app } from 'electron';
import path from 'node:path';

/** Before the app is ready: its name everywhere, and all of Chromium's own files in one corner of the data folder. */
export function nameProgram(dataFolder: string): void {
  app.setName('Daypass');
  if (process.platform === 'win32') app.setAppUserModelId('io.daypass.desktop');
  app.setPath('userData', dataFolder);
  app.setPath('sessionData', path.join(dataFolder, 'window'));
}

export function defaultDataFolder(): string {
  return path.join(app.getPath('appData'), 'Daypass');
}

/** Holds the shipped example `solo`: the app's resources when packaged, else the repository's examples. */
export function examplesFolder(bundleFolder: string): string {
  return app.isPackaged ? process.resourcesPath : path.resolve(bundleFolder, '..', '..', 'examples');
}

export function programVersion(): string {
  return app.getVersion();
}

/** For numbers and lengths of time in menus. */
export function systemLocale(): string {
  const locale = app.getSystemLocale();
  return Intl.NumberFormat.supportedLocalesOf(locale === '' ? 'en' : locale)[0] ?? 'en';
}

export async function programReady(): Promise<void> {
  await app.whenReady();
}

/** macOS tells it by itself; elsewhere the start at login passes --hidden. */
export function openedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}
