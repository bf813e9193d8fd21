// The broker's keys at its very first start, for an owner that cannot make them itself. Where there is a store already,
// keys that are missing are lost: new ones would hide it, so none are made.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeys, KEY_FILES } from './create-keys.ts';
import type { LoadedConfig } from './load-config.ts';

/** `kept_elsewhere`: the configuration names other places than `keys/` in the data folder; somebody else makes those. */
export type FirstKeys = 'created' | 'exists' | 'not_first_start' | 'kept_elsewhere';

/** Makes all four keys or none. Touches no key that is there. */
export async function createFirstKeys({ config, dataFolder, store }: LoadedConfig): Promise<FirstKeys> {
  const usual = Object.entries(KEY_FILES).every(([name, file]) => {
    const reference = Object.entries(config.keys).find(([given]) => given === name)?.[1];
    return reference === `file:keys/${file}`;
  });
  if (!usual) return 'kept_elsewhere';
  // Only of a database on this machine can be told here whether it is new.
  if (store.kind !== 'sqlite') return 'kept_elsewhere';
  if (await exists(store.path)) return 'not_first_start';
  return await createKeys(join(dataFolder, 'keys'));
}

/** Only a place that is surely empty counts as such. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
