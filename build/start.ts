// `npm start`: the embedded broker on examples/solo with its gateway and model, and a console to try it with.
// Keeps its state in `.daypass/solo` beside the code, or where `--data DIR` says. `--free-ports` takes any free ports
// instead of the example's own. Stops cleanly at quit, Ctrl+C or SIGTERM.
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HELP, runConsole } from './start/console.ts';
import { onFreePorts, prepareSolo } from './solo/prepare.ts';
import { startSoloBroker } from './solo/solo-broker.ts';
import { startModel } from './solo/start-model.ts';

const MODEL_PORT = 7392;
const DATA_FOLDER = path.resolve(import.meta.dirname, '..', '.daypass', 'solo');

const { values } = parseArgs({
  options: { data: { type: 'string' }, 'free-ports': { type: 'boolean', default: false } },
});

async function run(): Promise<void> {
  await using ending = new AsyncDisposableStack();
  // Heard from the first moment on: a signal during the start must not leave the model behind.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const dataFolder = path.resolve(values.data ?? DATA_FOLDER);
  const files = await prepareSolo(dataFolder);
  const model = await startModel(files.modelSecretFile, values['free-ports'] ? 0 : MODEL_PORT);
  ending.defer(async () => await model.stop());
  const broker = await startSoloBroker(values['free-ports'] ? await onFreePorts(files, model.port) : files);
  ending.defer(async () => await broker.close());
  console.log(`Daypass runs on examples/solo.
  gateway  ${broker.gatewayUrl}/gateway/{dataset|model}/NAME/…  (each call needs a token)
  ledger   ${broker.ledgerOrigin}
           key ${broker.ledgerKeyFingerprint}
  state    ${dataFolder}
The window comes later; here is what you can do now:
${HELP}
`);
  // Another program could take the model's port and would be sent its secret: without the model nothing goes on.
  const modelGone = model.exited.then(() => Promise.reject(new Error('The model stopped, so this stops too.')));
  // Without a terminal there is nobody to type: it serves until it is told to stop.
  await (process.stdin.isTTY
    ? Promise.race([runConsole(broker), stopped, modelGone])
    : Promise.race([stopped, modelGone]));
}

try {
  await run();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
