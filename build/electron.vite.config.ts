// Bundles the app: main (with the embedded broker's thread as an entry of its own), preload, renderer, into out/.
// Native modules and wasm stay outside the bundles.
import react from '@vitejs/plugin-react';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { PACKED_IMPORTS } from './packaging/packed-modules.ts';
import { englishOnly } from './english-only.ts';

const root = path.resolve(import.meta.dirname, '..');
const from = (...parts: string[]): string => path.join(root, ...parts);

/** What the main bundle loads by path at run time. */
function copyAssets(): Plugin {
  return {
    name: 'daypass-assets',
    closeBundle: async () =>
      await cp(from('electron', 'assets'), from('out', 'main', 'assets'), { recursive: true, force: true }),
  };
}

/**
 * A native module that the D-Bus library tries first and does without. Bundled, it would break stack traces for good
 * when it looks for its binary.
 */
export function withoutUsocket(): Plugin {
  return {
    name: 'daypass-without-usocket',
    enforce: 'pre',
    resolveId: (source) => (source === 'usocket' ? '\0usocket' : null),
    load: (id) => (id === '\0usocket' ? "throw new Error('not packed')" : null),
  };
}

export default defineConfig({
  main: {
    root,
    plugins: [copyAssets(), withoutUsocket()],
    build: {
      outDir: from('out', 'main'),
      // Its list would be all dependencies, and a package holds only the packed modules.
      externalizeDeps: false,
      sourcemap: false,
      rollupOptions: {
        external: [...PACKED_IMPORTS],
        input: { main: from('electron', 'main.ts'), 'broker-worker': from('broker', 'worker.ts') },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    root,
    build: {
      outDir: from('out', 'preload'),
      externalizeDeps: false,
      sourcemap: false,
      rollupOptions: {
        input: { preload: from('electron', 'preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: from('renderer'),
    plugins: [react(), englishOnly()],
    build: {
      outDir: from('out', 'renderer'),
      minify: true,
      sourcemap: false,
      modulePreload: { polyfill: false },
      // Everything comes from the app's own files: the content security policy allows no data: scripts or styles.
      assetsInlineLimit: 0,
      rollupOptions: { input: from('renderer', 'index.html') },
    },
  },
});
