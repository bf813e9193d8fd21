// How long the main bundle takes to its tray icon, and what the app's process then holds in memory: over an app that is
// nothing but a tray icon, on the same runtime in the same run. The broker apart: the agent alone has one whose thread
// ends at once. Linux only, on the stand-in: Electron's own start is not in it.
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunningApp } from '#test/desktop/desk/running-app.ts';
import { type PrivateDesktop, startPrivateDesktop } from '#test/desktop/private-desktop/start.ts';
import { ensureBuilt } from '../../build/app/build-app.ts';
import { onFreePorts, prepareSolo } from '../../build/solo/prepare.ts';
import { type Bench, goal, median, rounded } from './measure.ts';

const EMPTY_APP = path.resolve(import.meta.dirname, '../support/empty-app.ts');
const ICON = path.resolve(import.meta.dirname, '../../electron/assets/tray/idle-light.png');
const ROOT = path.resolve(import.meta.dirname, '../..');
const TRAY_READY = '"event":"tray.ready"';

export const run: Bench = async ({ starts = '7', memory = '3' }) => {
  const main = ensureBuilt();
  await using desktop = await startPrivateDesktop();
  const args = await appArgs(desktop);
  const empty: Start = { main: EMPTY_APP, args: [ICON], marks: ['empty.loaded', 'empty.tray'] };
  const whole: Start = { main, args, marks: [TRAY_READY] };
  const held = await memoryOf(desktop, Number(memory), {
    empty,
    emptyThread: { ...empty, args: ['--thread', ICON], marks: [...empty.marks, 'empty.thread'] },
    agent: { ...whole, main: await withoutBroker(desktop) },
    whole,
  });
  const times = await timesOf(desktop, Number(starts), { empty, whole });
  // A thread that has ended leaves something behind, also when it never did anything: that is the broker's, not the agent's.
  const agentMb = held.agent - held.emptyThread;
  const figures = rounded({
    mainToTrayMs: times.trayMs - times.emptyLoadedMs,
    spawnToTrayMs: times.trayMs,
    agentMb,
    brokerMb: held.whole - held.empty - agentMb,
    wholeMb: held.whole,
  });
  return {
    name: 'start',
    figures,
    floor: rounded({
      emptyLoadedMs: times.emptyLoadedMs,
      emptyTrayMs: times.emptyTrayMs,
      emptyMb: held.empty,
      emptyWithEndedThreadMb: held.emptyThread,
    }),
    goals: [
      goal(figures, 'mainToTrayMs', { atMost: 300 }),
      goal(figures, 'agentMb', { atMost: 40 }),
      goal(figures, 'brokerMb', { atMost: 110 }),
    ],
  };
};

/** What to start, and what it prints, in this order. */
type Start = { readonly main: string; readonly args: readonly string[]; readonly marks: readonly string[] };
type Apps = 'empty' | 'emptyThread' | 'agent' | 'whole';

/** The median memory of each app when it has settled, in MB. In turns, so that a slow moment meets all alike. */
async function memoryOf(
  desktop: PrivateDesktop,
  count: number,
  apps: Readonly<Record<Apps, Start>>,
): Promise<Readonly<Record<Apps, number>>> {
  const held: Record<Apps, number[]> = { empty: [], emptyThread: [], agent: [], whole: [] };
  for (let round = 0; round < count; round += 1)
    for (const name of ['empty', 'emptyThread', 'agent', 'whole'] as const)
      held[name].push((await startOnce(desktop, apps[name], settledPssMb)).after);
  return {
    empty: median(held.empty),
    emptyThread: median(held.emptyThread),
    agent: median(held.agent),
    whole: median(held.whole),
  };
}

type Times = { readonly emptyLoadedMs: number; readonly emptyTrayMs: number; readonly trayMs: number };

async function timesOf(
  desktop: PrivateDesktop,
  count: number,
  { empty, whole }: { readonly empty: Start; readonly whole: Start },
): Promise<Times> {
  const samples: Times[] = [];
  for (let round = 0; round < count; round += 1) {
    const [emptyLoadedMs = 0, emptyTrayMs = 0] = (await startOnce(desktop, empty, nothing)).atMs;
    const [trayMs = 0] = (await startOnce(desktop, whole, nothing)).atMs;
    samples.push({ emptyLoadedMs, emptyTrayMs, trayMs });
  }
  const of = (name: keyof Times): number => median(samples.map((sample) => sample[name]));
  return { emptyLoadedMs: of('emptyLoadedMs'), emptyTrayMs: of('emptyTrayMs'), trayMs: of('trayMs') };
}

const nothing = (): Promise<null> => Promise.resolve(null);

async function appArgs(desktop: PrivateDesktop): Promise<readonly string[]> {
  const { configFile, dataFolder } = await onFreePorts(await prepareSolo(path.join(desktop.folder, 'data')), 9);
  return ['--hidden', '--config', configFile, '--data', dataFolder];
}

/**
 * The bundles with a broker that ends at once. A configuration that it refuses would not do: what its thread had taken by
 * then stays with the process.
 */
async function withoutBroker(desktop: PrivateDesktop): Promise<string> {
  const folder = path.join(desktop.folder, 'alone');
  await cp(path.join(ROOT, 'out'), path.join(folder, 'out'), { recursive: true });
  await cp(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  await writeFile(path.join(folder, 'out/main/broker-worker.js'), '');
  return path.join(folder, 'out/main/main.js');
}

/** Starts it, waits for its marks, then for `after`, and ends it. The times count from the start of the process. */
async function startOnce<T>(
  desktop: PrivateDesktop,
  { main, args, marks }: Start,
  after: (pid: number) => Promise<T>,
): Promise<{ readonly atMs: readonly number[]; readonly after: T }> {
  const startedMs = performance.now();
  using app = await RunningApp.start({ main, args, env: desktop.env, nodeArgs: [] });
  const atMs = await new Promise<readonly number[]>((resolve, reject) => {
    const seen: number[] = [];
    app.process.stderr?.on('data', () => {
      for (const mark of marks.slice(seen.length)) {
        if (!app.log().includes(mark)) return;
        seen.push(performance.now() - startedMs);
      }
      resolve(seen);
    });
    void app.exited.then(() => reject(new Error(`the app ended before its tray was there:\n${app.log()}`)));
  });
  const found = await after(app.process.pid ?? 0);
  app.process.kill('SIGKILL');
  await app.exited;
  return { atMs, after: found };
}

const LOOK_EVERY_MS = 1000;
const CALM_LOOKS = 5;
const CALM_MB = 2;

/** The memory of a process once it has stayed about the same for a while. What is shared with others counts in part. */
async function settledPssMb(pid: number): Promise<number> {
  const looks: number[] = [];
  for (;;) {
    looks.push(await pssMbOf(pid));
    const last = looks.slice(-CALM_LOOKS);
    if (last.length === CALM_LOOKS && Math.max(...last) - Math.min(...last) < CALM_MB) return median(last);
    await sleep(LOOK_EVERY_MS);
  }
}

async function pssMbOf(pid: number): Promise<number> {
  const kb = /^Pss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kb === undefined) throw new Error('the kernel does not tell the memory of a process');
  return (Number(kb) * 1024) / 1_000_000;
}
