// Bundles the standalone broker into one file, for a run of the specs that start it more than a hundred times: to read
// its hundreds of files takes nearly half of a start. Never what is deployed.
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { compiledOf } from './made-for-specs.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** Into a folder that is empty or not there. Gives the program's path. Throws when it cannot be bundled. */
export async function bundleBroker(folder: string): Promise<string> {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'silent',
    // They have parts that are not JavaScript.
    ssr: { noExternal: true, external: ['pg', '@cedar-policy/cedar-wasm'] },
    build: {
      ssr: true,
      target: 'node24',
      minify: false,
      outDir: folder,
      rolldownOptions: { input: { broker: path.join(ROOT, 'build', 'broker.ts') } },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const program = path.join(folder, 'broker.js');
  compile(program);
  return program;
}

/** Who is killed leaves nothing of that to the next one: a broker that only says how it is called does. */
function compile(program: string): void {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiledOf(program) };
  spawnSync(process.execPath, [program], { env, stdio: 'ignore' });
}
