// expect: nothing
import { Worker } from 'node:worker_threads';
import { tray } from './shell/tray.ts';
export const broker = [tray, new Worker(new URL('../broker/worker.ts', import.meta.url))];
