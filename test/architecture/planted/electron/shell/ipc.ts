// expect: nothing
import { ipcMain } from 'electron';
export const ipc = ipcMain;
