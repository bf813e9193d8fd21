// Loaded with `node --import` before the app's main bundle: puts the stand-in in the place of `electron`.
// In a worker thread it only moves the clock: Electron is not there in workers either.
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { installClock } from './clock-shift.ts';
import { openControl } from './control.ts';

const STAND_IN = new URL('./electron.ts', import.meta.url).href;
const NAMES = new Set(['electron', 'electron/main', 'electron/common']);

installClock();
if (isMainThread) {
  registerHooks({
    resolve: (name, context, next) =>
      NAMES.has(name) ? { url: STAND_IN, shortCircuit: true, format: 'module-typescript' } : next(name, context),
  });
  Object.defineProperties(process, {
    type: { value: 'browser' },
    defaultApp: { value: true },
    resourcesPath: { value: process.cwd() },
  });
  Object.defineProperty(process.versions, 'electron', { value: '45.4.1', enumerable: true });
  openControl();
}
