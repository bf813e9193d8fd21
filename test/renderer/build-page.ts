// Builds the window with a fake bridge: once in a run of all specs, else in each that shows it.
import react from '@vitejs/plugin-react';
import path from 'node:path';
import { build } from 'vite';
import { englishOnly } from '../../build/english-only.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Into this folder. As in development, where React tells of its troubles on the page's console. */
export async function buildPage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: path.join(import.meta.dirname, 'page'),
    logLevel: 'error',
    plugins: [react(), englishOnly()],
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2024' },
    resolve: { alias: { '#renderer': path.join(ROOT, 'renderer'), '#shared': path.join(ROOT, 'shared') } },
  });
}
