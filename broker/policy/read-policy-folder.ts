// Reads the `.cedar` files of a folder, and nothing below it. The only file of the policy engine that touches the disk.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PolicyFile } from './policy-source.ts';

/** Takes a folder; gives its policy files by name. Throws when it cannot be read: unreadable is never "no policies". */
export async function readPolicyFolder(folder: string): Promise<readonly PolicyFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cedar')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      return { file, text: await readFile(file, 'utf8') };
    }),
  );
}
