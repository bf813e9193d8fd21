// How much processor time the Chromium processes that this process started have taken. Linux only.
import { readdir, readFile } from 'node:fs/promises';

/** Of the kernel's user interface, the same on every Linux. */
const TICKS_A_SECOND = 100;

type Usage = { readonly allMs: number; readonly pageMs: number };

/** `pageMs`: of those that draw pages. Counts processes that live; a steady window starts and ends none. */
export async function chromiumCpu(): Promise<Usage> {
  const found = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess));
  const processes = found.flatMap((one) => (one === null ? [] : [one]));
  const ours = new Set([process.pid]);
  // Parents may come after their children in the list.
  for (let size = 0; size !== ours.size;) {
    size = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  const chromium = processes.filter(({ pid, command }) => ours.has(pid) && /chrom/.test(command));
  if (chromium.length === 0) throw new Error('no Chromium runs');
  const sum = (list: typeof chromium): number => list.reduce((all, { cpuMs }) => all + cpuMs, 0);
  return { allMs: sum(chromium), pageMs: sum(chromium.filter(({ command }) => command.includes('--type=renderer'))) };
}

type Process = { readonly pid: number; readonly parent: number; readonly command: string; readonly cpuMs: number };

async function readProcess(name: string): Promise<Process | null> {
  try {
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8');
    const stat = await readFile(`/proc/${name}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { pid: Number(name), parent: Number(fields[1]), command, cpuMs: (ticks * 1000) / TICKS_A_SECOND };
  } catch {
    // It ended meanwhile.
    return null;
  }
}
