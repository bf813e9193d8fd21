// The specs of the whole app on Electron itself. It never falls back to the stand-in: without the runtime it fails and
// says so. Takes the runner's own arguments, as `npm test` does.
import { obtainElectron } from './app/electron-runtime.ts';

const runtime = obtainElectron();
if ('missing' in runtime) {
  console.error(`Electron's runtime is not on this machine and could not be downloaded: ${runtime.missing}
Set ELECTRON_MIRROR to a mirror that you can reach, or point ELECTRON_OVERRIDE_DIST_PATH to an unpacked runtime.
\`npm test\` runs the same specs on the stand-in.`);
  process.exitCode = 1;
} else {
  process.env['DAYPASS_TEST_HOST'] = 'electron';
  if (process.argv.length === 2) process.argv.push('test/e2e');
  await import('./test.ts');
}
