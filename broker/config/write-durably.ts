// Files that are there after a power cut, or not at all.
import { open } from 'node:fs/promises';

/** Makes a new file (0600). Throws where there is one. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

/** What was made, renamed or removed in the folder is so from now on. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no handles on folders to sync.
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}
