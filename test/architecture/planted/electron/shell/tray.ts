// expect: nothing
import { Tray } from 'electron';
export const tray = Tray;
