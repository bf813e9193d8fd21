// Runs Electronegativity in a process of its own, since it adds globals and its dependencies write where they like.
// Takes a folder and Electron's version; the last line that it prints is the raw report as JSON.
import { createRequire } from 'node:module';

type Run = (options: Readonly<Record<string, unknown>>) => Promise<unknown>;

const [folder, electronVersion] = process.argv.slice(2);
if (folder === undefined || electronVersion === undefined) throw new Error('usage: child.ts FOLDER ELECTRON_VERSION');
// The package declares no types; what it gives back is parsed by the reader.
const run = createRequire(import.meta.url)('@doyensec/electronegativity') as Run;
const report = await run({
  input: folder,
  isRelative: true,
  electronVersionOverride: electronVersion,
  // It asks a list on the network which Electron is fixed; the answer would change without a change of ours.
  excludeFromScan: ['availablesecurityfixesglobalcheck'],
});
process.stdout.write(`\n${JSON.stringify(report)}\n`);
