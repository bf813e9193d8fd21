// expect: nothing
import { contextBridge, ipcRenderer } from 'electron';
export const bridged = [contextBridge, ipcRenderer];
