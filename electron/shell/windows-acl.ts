// Asks Windows who owns and may write files. The only file of the shell that starts another program, and only this one.
import { execFileSync } from 'node:child_process';
import { SECOND_MS } from '#shared/domain/time.ts';

// By its fixed place: where the environment says that Windows is, the person could have put a program of their own.
const POWERSHELL = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
const LIMIT_MS = 20 * SECOND_MS;

/** The security descriptors (SDDL) of some places, in their order. Throws when Windows does not tell all of them. */
export function securityDescriptors(places: readonly string[]): readonly string[] {
  const list = places.map((place) => `'${place.replaceAll("'", "''")}'`).join(',');
  const script = `$ErrorActionPreference='Stop'; foreach ($p in @(${list})) { (Get-Acl -LiteralPath $p).Sddl }`;
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  const printed = execFileSync(POWERSHELL, ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    windowsHide: true,
    // Modules of the person's own must not answer in the place of Windows'.
    env: { SystemRoot: 'C:\\Windows', PSModulePath: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\Modules' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = printed.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length !== places.length) throw new Error('Windows did not tell who owns the managed settings');
  return lines;
}
