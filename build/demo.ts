// `npm run demo [-- --json] [-- --keep DIR]`: the main job on real data, without a display. Says what it did.
// With --json the last line is `{ok, steps: [{name, ok, ms}], revokeLagMs, ledgerRecords}`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { playStory, type StoryFigures } from './demo/story.ts';
import { createSteps, StepFailed, type Steps } from './demo/steps.ts';
import { onFreePorts, prepareSolo } from './solo/prepare.ts';
import { startSoloBroker } from './solo/solo-broker.ts';
import { startModel } from './solo/start-model.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, keep: { type: 'string' } } });

/** Everything in a temporary folder and on free ports: it disturbs nothing and leaves nothing but the export. */
async function run(steps: Steps, exportFolder: string | undefined): Promise<StoryFigures> {
  await using ending = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'daypass-demo-'));
  ending.defer(async () => await rm(folder, { recursive: true, force: true }));
  const broker = await steps.step('start: an embedded broker, its gateway, and a model with a secret', async (say) => {
    const files = await prepareSolo(folder);
    const model = await startModel(files.modelSecretFile, 0);
    ending.defer(async () => await model.stop());
    const started = await startSoloBroker(await onFreePorts(files, model.port));
    ending.defer(async () => await started.close());
    say(`the gateway listens on ${started.gatewayUrl}; nothing else does but the model`);
    return started;
  });
  return await playStory(broker, steps, exportFolder ?? path.join(folder, 'export'));
}

const steps = createSteps(console.log);
let figures: StoryFigures | null = null;
try {
  figures = await run(steps, values.keep === undefined ? undefined : path.resolve(values.keep));
} catch (error) {
  if (!(error instanceof StepFailed)) console.error(error instanceof Error ? error.message : error);
}
const ok = figures !== null;
if (values.keep !== undefined && ok)
  console.log(`The export is in ${values.keep}: check it with docs/verify-export.sh`);
if (values.json) {
  const { revokeLagMs = null, ledgerRecords = null } = figures ?? {};
  console.log(JSON.stringify({ ok, steps: steps.results(), revokeLagMs, ledgerRecords }));
} else {
  console.log(ok ? 'All of it worked.' : 'It did not work: see the step above.');
}
process.exitCode = ok ? 0 : 1;
