// expect: daypass(folder-boundaries)
import { tray } from '../shell/tray.ts';
export const used = tray;
