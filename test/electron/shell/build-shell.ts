// Bundles the real main and preload with the small agent in place of the real one, and a small page for the window.
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';
import { withoutUsocket } from '../../../build/electron.vite.config.ts';

const root = path.resolve(import.meta.dirname, '..', '..', '..');

/** Gives the main bundle in `folder`, laid out as `out/` is. */
export async function buildShell(folder: string): Promise<string> {
  const bundle = async (entry: string, out: string, format: 'es' | 'cjs', extension: string): Promise<unknown> =>
    await build({
      configFile: false,
      root,
      logLevel: 'silent',
      plugins: [
        withoutUsocket(),
        {
          name: 'small-agent',
          enforce: 'pre',
          resolveId: (source) =>
            source.endsWith('agent/open-agent.ts') ? path.join(import.meta.dirname, 'small-agent.ts') : null,
        },
      ],
      ssr: { noExternal: true },
      build: {
        ssr: true,
        target: 'node24',
        minify: false,
        outDir: path.join(folder, out),
        rollupOptions: {
          input: path.join(root, entry),
          external: ['electron'],
          output: { format, entryFileNames: `[name].${extension}` },
        },
      },
    });
  await bundle('electron/main.ts', 'main', 'es', 'js');
  await bundle('electron/preload.ts', 'preload', 'cjs', 'cjs');
  await cp(path.join(root, 'electron', 'assets'), path.join(folder, 'main', 'assets'), { recursive: true });
  await cp(path.join(import.meta.dirname, 'page'), path.join(folder, 'renderer'), { recursive: true });
  return path.join(folder, 'main', 'main.js');
}
