// What is in the files of a file sink: the one that is written to, and those that were put aside.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { uidOf } from './uid.ts';

/** Ids of the records of all whole lines. A file that was never made has none. */
export function uidsInFiles(path: string): ReadonlySet<string> {
  const folder = dirname(path);
  const name = basename(path);
  const files = readdirSync(folder).filter((file) => file === name || file.startsWith(`${name}.`));
  return new Set(files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1).map(uidOf)));
}
