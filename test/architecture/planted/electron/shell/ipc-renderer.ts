// expect: daypass(capability-owner)
import { ipcRenderer } from 'electron';
export const ipc = ipcRenderer;
