// expect: daypass(folder-boundaries)
import { Worker } from 'node:worker_threads';
export const broker = new Worker(new URL('../broker/worker.ts', import.meta.url));
