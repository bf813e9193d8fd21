// expect: daypass(capability-owner)
import { ipcMain as innocent } from 'electron';
export const ipc = innocent;
