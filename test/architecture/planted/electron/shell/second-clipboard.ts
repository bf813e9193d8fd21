// expect: daypass(capability-owner)
import { clipboard } from 'electron';
export const board = clipboard;
