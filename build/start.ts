// `npm start`: the app on examples/solo, with its gateway and model; on Electron where its runtime is or can be had, else
// on the stand-in. Keeps its state in `.daypass/solo` beside the code, or where `--data DIR` says. `--free-ports` takes
// free ports instead of the example's own. Stops cleanly when the app is quit, at Ctrl+C or SIGTERM.
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './app/build-app.ts';
import { startApp } from './app/start-app.ts';
import { onFreePorts, prepareSolo } from './solo/prepare.ts';
import { startModel } from './solo/start-model.ts';

const MODEL_PORT = 7392;
const DATA_FOLDER = path.resolve(import.meta.dirname, '..', '.daypass', 'solo');

const { values } = parseArgs({
  options: { data: { type: 'string' }, 'free-ports': { type: 'boolean', default: false } },
});

async function run(): Promise<number> {
  await using ending = new AsyncDisposableStack();
  // Heard from the first moment on: a signal during the start must leave nothing behind.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const main = ensureBuilt();
  const dataFolder = path.resolve(values.data ?? DATA_FOLDER);
  const prepared = await prepareSolo(dataFolder);
  const model = await startModel(prepared.modelSecretFile, values['free-ports'] ? 0 : MODEL_PORT);
  ending.defer(async () => await model.stop());
  const files = values['free-ports'] ? await onFreePorts(prepared, model.port) : prepared;
  const app = await startApp({ main, args: ['--config', files.configFile, '--data', dataFolder] }, console.log);
  ending.defer(async () => await app.stop());
  console.log(`Daypass runs on examples/solo. Its door is the icon in the tray.
  state    ${dataFolder}
  stop     Quit in the tray's menu, or Ctrl+C here`);
  // Another program could take the model's port and would be sent its secret: without the model nothing goes on.
  const modelGone = model.exited.then(() => Promise.reject(new Error('The model stopped, so this stops too.')));
  return await Promise.race([app.exited, stopped.then(() => 0), modelGone]);
}

try {
  process.exit(await run());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
