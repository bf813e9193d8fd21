// `npm start`: the embedded broker on examples/solo with its gateway and model, and a console to try it with.
// Keeps its state in `.daypass/solo` beside the code. Stops cleanly at quit, Ctrl+C or SIGTERM.
import { once } from 'node:events';
import path from 'node:path';
import { HELP, runConsole } from './start/console.ts';
import { prepareSolo } from './solo/prepare.ts';
import { startSoloBroker } from './solo/solo-broker.ts';
import { startModel } from './solo/start-model.ts';

const MODEL_PORT = 7392;
const DATA_FOLDER = path.resolve(import.meta.dirname, '..', '.daypass', 'solo');

async function run(): Promise<void> {
  await using ending = new AsyncDisposableStack();
  const files = await prepareSolo(DATA_FOLDER);
  const model = await startModel(files.modelSecretFile, MODEL_PORT);
  ending.defer(async () => await model.stop());
  const broker = await startSoloBroker(files);
  ending.defer(async () => await broker.close());
  console.log(`Daypass runs on examples/solo.
  gateway  ${broker.gatewayUrl}/gateway/{dataset|model}/NAME/…  (each call needs a token)
  ledger   ${broker.ledgerOrigin}
           key ${broker.ledgerKeyFingerprint}
  state    ${path.relative(process.cwd(), DATA_FOLDER)}
The window comes later; here is what you can do now:
${HELP}
`);
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // Without a terminal there is nobody to type: it serves until it is told to stop.
  await (process.stdin.isTTY ? Promise.race([runConsole(broker), stopped]) : stopped);
}

try {
  await run();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
