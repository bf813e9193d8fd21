// Disks that fail: a small one that is filled, and the answers of a broken or read-only one, put into the system calls of
// a process. Needs root, and for the second strace; says so where it is not to be had.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Breaks the disk until what it gives is called. */
export type BreakDisk = () => Promise<() => Promise<void>>;

export const FAULTS = ['no room', 'input/output error', 'read-only'] as const;
export type Fault = (typeof FAULTS)[number];

/** Why this fault cannot be had here, or null. */
export function isLeftOut(fault: Fault): string | null {
  if (!mountsHere()) return 'a small disk can only be mounted as root';
  return fault === 'no room' || tracesHere() ? null : 'strace is not here, or may not trace';
}

/** Tried once: a container may be root and not allowed to. */
function mountsHere(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-mount-'));
  try {
    mountSmallDisk(folder, '1m')();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tracesHere(): boolean {
  const traced = spawnSync('strace', ['-f', '-o', '/dev/null', ...injected('EIO', []), 'true'], { timeout: 10_000 });
  return traced.status === 0;
}

/** Puts a folder on a disk of its own. Gives the way to take it away again. */
export function mountSmallDisk(folder: string, size: '1m' | '2m'): () => void {
  const kept = `${folder}-kept`;
  cpSync(folder, kept, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder], { stdio: 'ignore' });
  cpSync(kept, folder, { recursive: true });
  rmSync(kept, { recursive: true });
  return () => void execFileSync('umount', ['--lazy', folder]);
}

/** `pid`: of the process whose files in the folder these are. */
export function diskFault(fault: Fault, pid: number, folder: string, database: string): BreakDisk {
  switch (fault) {
    case 'no room':
      return async () => fill(folder);
    case 'input/output error':
      return async () => await inject('EIO', pid, path.join(folder, database));
    case 'read-only':
      return async () => await inject('EROFS', pid, path.join(folder, database));
  }
}

/** Takes the last room. Gives it back when called. */
function fill(folder: string): () => Promise<void> {
  const file = path.join(folder, 'filler');
  for (let bytes = 256 * 1024; bytes >= 512;) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      bytes /= 2;
    }
  }
  return async () => rmSync(file);
}

/** From now on every write of the process to its database fails so. */
async function inject(error: 'EIO' | 'EROFS', pid: number, database: string): Promise<() => Promise<void>> {
  const files = ['', '-wal'].flatMap((ending) => ['-P', `${database}${ending}`]);
  const tracer = spawn('strace', ['-f', '-p', String(pid), '-o', '/dev/null', ...injected(error, files)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // It also ends with the process.
  const gone = once(tracer, 'close');
  // It says so when it has stopped every thread of it once.
  await once(tracer.stderr, 'data');
  return async () => {
    tracer.kill('SIGINT');
    await gone;
  };
}

const WRITES = 'pwrite64,fsync,fdatasync,ftruncate';

function injected(error: string, files: readonly string[]): string[] {
  return ['-e', `trace=${WRITES}`, ...files, '-e', `inject=${WRITES}:error=${error}`];
}
