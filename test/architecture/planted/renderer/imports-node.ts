// expect: daypass(folder-boundaries)
import { readFileSync } from 'node:fs';
export const used = readFileSync;
