// What the story is played on: a desk with the app, the model, and the example on free ports, all in one folder.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { configSchema } from '#shared/contracts/config.ts';
import { openDesktop, type Desk } from '#test/desktop/open-desktop.ts';
import { installedElectron } from '../app/electron-runtime.ts';
import { ensureBuilt } from '../app/build-app.ts';
import { prepareMachine } from '../app/prepare-machine.ts';
import { onFreePorts, prepareSolo } from '../solo/prepare.ts';
import { startModel } from '../solo/start-model.ts';
import { atTheWindow, type Person } from './person.ts';
import type { TakePicture } from './screens.ts';
import type { Steps } from './steps.ts';

export type Stage = AsyncDisposable & {
  readonly desk: Desk;
  readonly person: Person;
  /** Where the app keeps both logs. */
  readonly dataFolder: string;
  /** Where a path of a resource is at the gateway. */
  readonly at: (resource: string, file: string) => string;
};

export type Play = { readonly stage: Stage; readonly steps: Steps; readonly picture: TakePicture };

/** Builds what is missing and opens it all; nothing of it is left when it is disposed of. */
export async function openStage(): Promise<Stage> {
  prepareMachine();
  const main = ensureBuilt();
  await using ending = new AsyncDisposableStack();
  const host = installedElectron() === null ? 'stand-in' : 'electron';
  const desk = ending.use(await openDesktop({ main, host, start: false }));
  const prepared = await prepareSolo(path.join(desk.scratch, 'data'));
  const model = await startModel(prepared.modelSecretFile, 0);
  ending.defer(async () => await model.stop());
  const files = await onFreePorts(prepared, model.port);
  const { gateway } = configSchema.parse(parse(await readFile(files.configFile, 'utf8')));
  await desk.app.start({ args: ['--config', files.configFile, '--data', files.dataFolder] });
  const page = await desk.window();
  page.setDefaultTimeout(20_000);
  const all = ending.move();
  return {
    desk,
    person: atTheWindow(desk, page),
    dataFolder: files.dataFolder,
    at: (resource, file) => `http://127.0.0.1:${gateway.port}/gateway/${resource.replace(':', '/')}/${file}`,
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}
