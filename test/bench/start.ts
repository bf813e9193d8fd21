// How long the main bundle takes to its tray icon, and what the app's process then holds in memory: over an app that is
// nothing but a tray icon, on the same runtime in the same run. The broker apart: it is left out by a configuration that
// it refuses. Linux only, on the stand-in: Electron's own start is not in it.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunningApp } from '#test/desktop/desk/running-app.ts';
import { type PrivateDesktop, startPrivateDesktop } from '#test/desktop/private-desktop/start.ts';
import { ensureBuilt } from '../../build/app/build-app.ts';
import { onFreePorts, prepareSolo } from '../../build/solo/prepare.ts';
import { type Bench, goal, median, rounded } from './measure.ts';

const EMPTY_APP = path.resolve(import.meta.dirname, '../support/empty-app.ts');
const ICON = path.resolve(import.meta.dirname, '../../electron/assets/tray/idle-light.png');
const TRAY_READY = '"event":"tray.ready"';

export const run: Bench = async ({ starts = '7', memory = '3' }) => {
  const main = ensureBuilt();
  await using desktop = await startPrivateDesktop();
  const whole = await appArgs(desktop, 'whole');
  const refused = await appArgs(desktop, 'refused');
  await writeFile(refused.configFile, 'mode: embedded\nnothing: else\n');
  const samples: Record<'emptyLoaded' | 'emptyTray' | 'tray', number[]> = { emptyLoaded: [], emptyTray: [], tray: [] };
  const held: Record<'empty' | 'agent' | 'whole', number[]> = { empty: [], agent: [], whole: [] };
  // In turns, so that a slow moment of the machine meets all alike. The first start of all pays for cold files.
  for (let index = 0; index <= Math.max(Number(starts), Number(memory)); index += 1) {
    const settled = index > 0 && index <= Number(memory);
    const empty = await startOnce(desktop, {
      main: EMPTY_APP,
      args: [ICON],
      marks: ['empty.loaded', 'empty.tray'],
      settled,
    });
    const app = await startOnce(desktop, { main, args: whole.args, marks: [TRAY_READY], settled });
    const agent = settled ? await startOnce(desktop, { main, args: refused.args, marks: [TRAY_READY], settled }) : null;
    if (index === 0) continue;
    samples.emptyLoaded.push(empty.atMs[0] ?? 0);
    samples.emptyTray.push(empty.atMs[1] ?? 0);
    samples.tray.push(app.atMs[0] ?? 0);
    if (agent === null) continue;
    held.empty.push(empty.pssMb);
    held.agent.push(agent.pssMb);
    held.whole.push(app.pssMb);
  }
  const figures = rounded({
    mainToTrayMs: median(samples.tray) - median(samples.emptyLoaded),
    spawnToTrayMs: median(samples.tray),
    agentOverEmptyMb: median(held.agent) - median(held.empty),
    brokerMb: median(held.whole) - median(held.agent),
    wholeMb: median(held.whole),
  });
  return {
    name: 'start',
    figures,
    floor: rounded({
      emptyLoadedMs: median(samples.emptyLoaded),
      emptyTrayMs: median(samples.emptyTray),
      emptyMb: median(held.empty),
    }),
    goals: [
      goal(figures, 'mainToTrayMs', { atMost: 300 }),
      goal(figures, 'agentOverEmptyMb', { atMost: 40 }),
      goal(figures, 'brokerMb', { atMost: 110 }),
    ],
  };
};

async function appArgs(
  desktop: PrivateDesktop,
  name: string,
): Promise<{ readonly configFile: string; readonly args: readonly string[] }> {
  const { configFile, dataFolder } = await onFreePorts(await prepareSolo(path.join(desktop.folder, name)), 9);
  return { configFile, args: ['--hidden', '--config', configFile, '--data', dataFolder] };
}

type Start = {
  readonly main: string;
  readonly args: readonly string[];
  /** What it prints, in this order. */
  readonly marks: readonly string[];
  /** Whether to wait until its memory is settled. */
  readonly settled: boolean;
};

/** Starts it, waits for its marks, and ends it. Gives when each mark was printed, counted from the start of the process. */
async function startOnce(
  desktop: PrivateDesktop,
  { main, args, marks, settled }: Start,
): Promise<{ readonly atMs: readonly number[]; readonly pssMb: number }> {
  const startedMs = performance.now();
  using app = await RunningApp.start({ main, args, env: desktop.env, nodeArgs: [] });
  const atMs = await new Promise<readonly number[]>((resolve, reject) => {
    const seen: number[] = [];
    app.process.stderr?.on('data', () => {
      for (const mark of marks.slice(seen.length)) {
        if (!app.log().includes(mark)) return;
        seen.push(performance.now() - startedMs);
      }
      if (seen.length === marks.length) resolve(seen);
    });
    void app.exited.then(() => reject(new Error(`the app ended before its tray was there:\n${app.log()}`)));
  });
  const pssMb = settled ? await settledPssMb(app.process.pid ?? 0) : 0;
  app.process.kill('SIGKILL');
  await app.exited;
  return { atMs, pssMb };
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
