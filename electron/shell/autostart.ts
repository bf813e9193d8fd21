// Whether the app starts at login: by the system's own list on macOS and Windows, by an XDG file on Linux.
import { app } from 'electron';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { autostartEntry } from './autostart-entry.ts';

/** `program`: what to start on Linux, where an AppImage is another file than the one that runs. */
export async function setOpenAtLogin(open: boolean, program: string): Promise<void> {
  // In development the program is bare Electron: it would start without the app.
  if (!app.isPackaged) return;
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: open, args: ['--hidden'] });
    return;
  }
  // Electron's own folder for settings follows XDG_CONFIG_HOME.
  const file = path.join(app.getPath('appData'), 'autostart', 'daypass.desktop');
  if (!open) return await rm(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, autostartEntry(program), { mode: 0o600 });
}
