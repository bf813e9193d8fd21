// expect: daypass(folder-boundaries)
import { Worker } from 'node:worker_threads';
export const worker = new Worker(new URL('../cli/list.ts', import.meta.url));
