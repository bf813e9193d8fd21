// Makes the names in a folder durable: else a new or renamed file may be lost with the power.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Windows has no such thing. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
