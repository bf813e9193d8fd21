// Puts a full file aside under the next number, and deletes the oldest beyond what is kept. Numbers only grow, so no clock
// and no crash in between changes which is the oldest.
import { readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

const DIGITS = 6;

export async function putAside({ path, keep }: { readonly path: string; readonly keep: number }): Promise<void> {
  const folder = dirname(path);
  const kept = await numbersIn(folder, basename(path));
  const next = Math.max(0, ...kept) + 1;
  await rename(path, nameOf(path, next));
  await syncFolder(folder);
  for (const number of kept) if (number <= next - keep) await unlink(nameOf(path, number));
}

function nameOf(path: string, number: number): string {
  return `${path}.${String(number).padStart(DIGITS, '0')}`;
}

async function numbersIn(folder: string, name: string): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${name}.`)) continue;
    const rest = entry.slice(name.length + 1);
    if (/^\d{6,15}$/.test(rest) && nameOf(name, Number(rest)) === entry) numbers.push(Number(rest));
  }
  return numbers;
}
