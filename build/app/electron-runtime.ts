// Where Electron's runtime is. It is no npm package: it is downloaded on first use, which some networks do not allow.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PACKAGE = path.resolve(import.meta.dirname, '..', '..', 'node_modules', 'electron');
const DOWNLOAD_LIMIT_MS = 180_000;

/** The runtime's executable, or null when it is not on this machine. */
export function installedElectron(): string | null {
  const pathFile = path.join(PACKAGE, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(PACKAGE, 'dist');
  const executable = path.join(folder, readFileSync(pathFile, 'utf8'));
  return existsSync(executable) ? executable : null;
}

/** The runtime's executable, downloaded when it can be; else what stood in the way. */
export function obtainElectron(): { readonly executable: string } | { readonly missing: string } {
  const installed = installedElectron();
  if (installed !== null) return { executable: installed };
  const download = spawnSync(process.execPath, [path.join(PACKAGE, 'install.js')], {
    encoding: 'utf8',
    timeout: DOWNLOAD_LIMIT_MS,
  });
  const executable = installedElectron();
  if (executable !== null) return { executable };
  const said = (download.error?.message ?? download.stderr).trim();
  return { missing: said.split('\n')[0] ?? 'its download failed' };
}
