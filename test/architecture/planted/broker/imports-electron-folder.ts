// expect: daypass(folder-boundaries)
import { open } from '../electron/agent/open.ts';
export const opened = open;
