// A desk with Daypass on it: the built app on a copy of the solo example, on free ports, in a folder of its own.
import path from 'node:path';
import { isFresh } from '../../../build/app/build-app.ts';
import { onFreePorts, prepareSolo, type SoloFiles } from '../../../build/solo/prepare.ts';
import { startModel } from '../../../build/solo/start-model.ts';
import type { Exit } from '#test/desktop/desk/running-app.ts';
import { openDesktop, type Desk, type DesktopOptions } from '#test/desktop/open-desktop.ts';

export type DaypassOptions = Omit<DesktopOptions, 'main' | 'start'> & {
  /** Starts the example's model too. */
  readonly model?: boolean;
  /** Changes the files of the example before the app reads them. */
  readonly prepare?: (files: SoloFiles, desk: Desk) => Promise<void>;
};

/** What a spec of the app works on. */
export type Daypass = AsyncDisposable & {
  readonly desk: Desk;
  readonly files: SoloFiles;
  /** Starts the app again, as `desk.app.start` with the same files. */
  readonly start: (args?: readonly string[]) => Promise<void>;
  /** A launcher starts the app once more, with the same files; resolves with how that start ended. */
  readonly startSecond: (args?: readonly string[]) => Promise<Exit>;
  /** The person follows a link of the app's own scheme: on Linux that is a second start with it. */
  readonly openLink: (url: string) => Promise<Exit>;
};

/** Opens the desk and starts the app. Refuses when the bundles are older than their sources: `npm run build`. */
export async function openDaypass({ model, prepare, ...options }: DaypassOptions = {}): Promise<Daypass> {
  if (!isFresh()) throw new Error('out/ is older than its sources: npm run build');
  await using ending = new AsyncDisposableStack();
  const desk = ending.use(await openDesktop({ ...options, start: false }));
  const prepared = await prepareSolo(path.join(desk.scratch, 'data'));
  const running = model === true ? await startModel(prepared.modelSecretFile, 0) : null;
  if (running !== null) ending.defer(async () => await running.stop());
  const files = await onFreePorts(prepared, running?.port ?? 9);
  await prepare?.(files, desk);
  const withFiles = (args: readonly string[]): readonly string[] => {
    return ['--config', files.configFile, '--data', files.dataFolder, ...args];
  };
  const start = async (args: readonly string[] = []): Promise<void> => await desk.app.start({ args: withFiles(args) });
  const startSecond = async (args: readonly string[] = []): Promise<Exit> =>
    await desk.app.startSecond(withFiles(args));
  await start();
  const all = ending.move();
  return {
    desk,
    files,
    start,
    startSecond,
    openLink: async (url) => await startSecond([url]),
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}
