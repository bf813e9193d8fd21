// expect: daypass(folder-boundaries)
import { readFileSync } from 'node:fs';
import { contextBridge, ipcRenderer } from 'electron';
export const bridged = [contextBridge, ipcRenderer, readFileSync];
