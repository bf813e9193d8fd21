// Starts the built app for a person: on Electron, else on the stand-in with their display, else on a virtual one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { obtainElectron } from './electron-runtime.ts';
import { prepareMachine } from './prepare-machine.ts';

export type AppStart = { readonly main: string; readonly args: readonly string[] };

export type StartedApp = {
  /** Its exit code. */
  readonly exited: Promise<number>;
  /** Asks it to quit, which wipes what is to be wiped, and waits. */
  readonly stop: () => Promise<void>;
};

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const REGISTER = path.join(ROOT, 'test', 'desktop', 'standin', 'register.ts');
const SCREEN_EVERY_MS = 5000;

/** Says in plain words where the app runs. Throws when this machine has neither runtime. */
export async function startApp(start: AppStart, say: (line: string) => void): Promise<StartedApp> {
  const runtime = obtainElectron();
  if ('executable' in runtime) return onElectron(runtime.executable, start, say);
  say(`Electron's runtime is not on this machine and could not be downloaded (${runtime.missing}).`);
  if (process.platform !== 'linux')
    throw new Error(
      'Without it the app runs on Linux only. Set ELECTRON_MIRROR to a mirror that you can reach, or install it there.',
    );
  prepareMachine();
  return process.env['DISPLAY'] === undefined ? await onVirtualDesktop(start, say) : onOwnDesktop(start, say);
}

function onElectron(executable: string, { args }: AppStart, say: (line: string) => void): StartedApp {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) say('You are root: Chromium has no sandbox then. Start it as another user for real work.');
  return watch(spawn(executable, [ROOT, ...(isRoot ? ['--no-sandbox'] : []), ...args], { stdio: 'inherit' }));
}

function onOwnDesktop({ main, args }: AppStart, say: (line: string) => void): StartedApp {
  say('The app runs on the stand-in for Electron instead, on your display: the same bundles, with Chromium windows.');
  return watch(spawn(process.execPath, ['--import', REGISTER, main, ...args], { stdio: 'inherit' }));
}

async function onVirtualDesktop({ main, args }: AppStart, say: (line: string) => void): Promise<StartedApp> {
  const { startPrivateDesktop, runOnDesk } = await import('#test/desktop/private-desktop/start.ts');
  const desktop = await startPrivateDesktop();
  const env = { ...desktop.env };
  const app = watch(spawn(process.execPath, ['--import', REGISTER, main, ...args], { env, stdio: 'inherit' }));
  const screen = path.join(args[args.indexOf('--data') + 1] ?? '.', 'screen.png');
  const picture = setInterval(() => {
    runOnDesk(env, ['import', '-window', 'root', screen]).catch(() => undefined);
  }, SCREEN_EVERY_MS);
  say(`The app runs on the stand-in for Electron instead. There is no display, so it has a virtual one.
  screen   ${screen} (renewed every ${SCREEN_EVERY_MS / 1000} s; \`npm run demo\` plays the main job in it)`);
  const end = async (): Promise<void> => {
    clearInterval(picture);
    await desktop[Symbol.asyncDispose]();
  };
  return {
    exited: endedWith(app.exited, end),
    stop: async () => {
      await app.stop();
      await end();
    },
  };
}

async function endedWith(exited: Promise<number>, end: () => Promise<void>): Promise<number> {
  try {
    return await exited;
  } finally {
    await end();
  }
}

function watch(child: ChildProcess): StartedApp {
  const exited = new Promise<number>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? 0 : 1)));
    child.once('error', reject);
  });
  return {
    exited,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
