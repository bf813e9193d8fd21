// What the stand-in desktop needs of the machine: a few Debian packages, which root on Debian gets by itself.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Installs what is missing, where it can; throws with what to do elsewhere. Quick when everything is there. */
export function prepareMachine(): void {
  if (process.platform !== 'linux') return;
  const script = path.resolve(import.meta.dirname, '..', 'test-machine.sh');
  const { status } = spawnSync('sh', [script], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error('The desktop that the app runs on is not complete: see above.');
}
