// Makes the bundles in out/ when they are missing or older than what they are made of.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const SOURCES = ['electron', 'renderer', 'shared', 'broker', 'build/electron.vite.config.ts', 'package-lock.json'];
/** Of the three bundles the renderer's is written last. */
const RESULTS = ['out/main/main.js', 'out/main/broker-worker.js', 'out/preload/preload.cjs', 'out/renderer/index.html'];

/** The main bundle, fresh. Throws with the bundler's own words when it cannot be made. */
export function ensureBuilt(): string {
  if (!isFresh()) {
    rmSync(path.join(ROOT, 'out'), { recursive: true, force: true });
    const bundler = path.join(ROOT, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const made = spawnSync(process.execPath, [bundler, 'build', '--config', 'build/electron.vite.config.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`The app could not be built:\n${made.stdout}\n${made.stderr}`);
  }
  return path.join(ROOT, 'out', 'main', 'main.js');
}

/** True when every bundle is newer than every source. */
export function isFresh(): boolean {
  const made = RESULTS.map((file) => statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const changed = SOURCES.map((source) => newest(path.join(ROOT, source)));
  return Math.min(...made) > Math.max(...changed);
}

function newest(entry: string): number {
  const stat = statSync(entry, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(entry).reduce((latest, name) => Math.max(latest, newest(path.join(entry, name))), 0);
}
