// The module that the app gets for `electron` on the stand-in: these names and no others.
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { ClipboardItem, clipboard } from './clipboard.ts';
import { Menu, MenuItem } from './menu.ts';
import { ipcMain } from './ipc-main.ts';
import { only } from './missing.ts';
import { nativeImage } from './native-image.ts';
import { Notification } from './notification.ts';
import { followLogind, powerMonitor } from './power-monitor.ts';
import { protocol } from './schemes.ts';
import { session } from './session.ts';
import { dialog, followScreen, globalShortcut, screen, shell } from './surroundings.ts';
import { Tray } from './tray.ts';
import { nativeTheme } from './window-surroundings.ts';

const offered = only('electron', {
  app,
  BrowserWindow,
  ClipboardItem,
  clipboard,
  Menu,
  MenuItem,
  ipcMain,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  session,
  dialog,
  globalShortcut,
  screen,
  shell,
  Tray,
  nativeTheme,
});
app.readyAfter([followScreen(), followLogind().catch((error: unknown) => console.error('No logind:', error))]);

export {
  app,
  BrowserWindow,
  ClipboardItem,
  clipboard,
  Menu,
  MenuItem,
  ipcMain,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  session,
  dialog,
  globalShortcut,
  screen,
  shell,
  Tray,
  nativeTheme,
};
export default offered;
// What `require('electron')` gives, so that a name that is not there throws for it too.
export { offered as 'module.exports' };
