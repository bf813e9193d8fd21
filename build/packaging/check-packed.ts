// Runs after electron-builder has packed and before it signs: a package that could not work is refused.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Arch, type AfterPackContext } from 'electron-builder';

/** Refuses a package without the native keychain module of its platform: nothing could ever be stored by it. */
export function checkPacked({ packager, appOutDir, arch }: AfterPackContext): Promise<void> {
  const unpacked = path.join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked');
  if (filesUnder(unpacked).some((file) => file.endsWith('.node'))) return Promise.resolve();
  const target = `${packager.platform.nodeName}-${Arch[arch]}`;
  throw new Error(
    `The keychain module (@napi-rs/keyring) for ${target} is not installed: run npm ci and package on such a machine.`,
  );
}

function filesUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
