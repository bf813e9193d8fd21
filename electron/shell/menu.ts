// The application menu. macOS needs one for copy, paste and quit by keyboard; elsewhere there is none.
import { Menu } from 'electron';

/** After the app is ready. No entry for developer tools or reloading. */
export function setApplicationMenu(): void {
  if (process.platform !== 'darwin') return Menu.setApplicationMenu(null);
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { role: 'appMenu', label: 'Daypass' },
      { role: 'editMenu' },
      { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'close' }] },
    ]),
  );
}
