// Bundles the processes of an audit torture into one file each: they are started hundreds of times, and reading the
// program's own hundreds of files would take longer than what they do before they are killed.
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'vite';

const root = path.resolve(import.meta.dirname, '..', '..', '..');

export type Programs = {
  readonly broker: string;
  readonly desktop: string;
  /** What they are to be started with. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Nothing is decided here, and the policy engine takes longer to load than all the rest. */
const withoutPolicies: Plugin = {
  name: 'without-policies',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('@cedar-policy/') ? '\0no-policies' : null),
  load: (id) => (id === '\0no-policies' ? 'module.exports = {};' : null),
};

/** They die young: what they leave is not worth collecting, least of all beside those who work. */
const FLAGS = ['--single-threaded-gc', '--min-semi-space-size=32', '--max-semi-space-size=64'];

/** Into a folder that is empty or not there. */
export async function bundlePrograms(folder: string): Promise<Programs> {
  const entry = (name: string): string => path.join(import.meta.dirname, `${name}-process.ts`);
  await build({
    configFile: false,
    root,
    logLevel: 'silent',
    plugins: [withoutPolicies],
    // Has parts that are not JavaScript.
    ssr: { noExternal: true, external: ['pg'] },
    build: {
      ssr: true,
      target: 'node24',
      minify: false,
      outDir: folder,
      rolldownOptions: { input: { broker: entry('broker'), desktop: entry('desktop') } },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const programs = { broker: path.join(folder, 'broker.js'), desktop: path.join(folder, 'desktop.js') };
  const env = { NODE_COMPILE_CACHE: path.join(folder, 'compiled') };
  // Who is killed leaves nothing of what Node compiled to the next one.
  for (const program of Object.values(programs))
    spawnSync(process.execPath, [...FLAGS, program, 'warm'], { env: { ...process.env, ...env }, stdio: 'ignore' });
  return { ...programs, flags: FLAGS, env };
}
