// What the window loads, compressed: all scripts, all styles, and apart from them the fonts. Measures what is in out/.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensureBuilt } from '../../build/app/build-app.ts';
import { type Bench, goal, rounded } from './measure.ts';

const RENDERER = path.resolve(import.meta.dirname, '../../out/renderer');
const BEST = { level: 9 };

export const run: Bench = async () => {
  ensureBuilt();
  const [js, css, fonts] = await Promise.all([sizes('.js'), sizes('.css'), sizes('.woff2')]);
  const figures = rounded({
    jsGzipKb: sum(js.map(({ gzip }) => gzip)),
    cssGzipKb: sum(css.map(({ gzip }) => gzip)),
    fontsKb: sum(fonts.map(({ raw }) => raw)),
    jsRawKb: sum(js.map(({ raw }) => raw)),
  });
  return {
    name: 'bundle',
    figures,
    // The same on every machine.
    floor: {},
    goals: [goal(figures, 'jsGzipKb', { atMost: 180 })],
  };
};

type Size = { readonly raw: number; readonly gzip: number };

/** In kB of 1,000 bytes, of every file below the window's folder whose name ends so. Throws when there is none. */
async function sizes(ending: string): Promise<readonly Size[]> {
  const names = await readdir(RENDERER, { recursive: true });
  const files = names.filter((name) => name.endsWith(ending));
  if (files.length === 0) throw new Error(`out/renderer has no ${ending}`);
  return await Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(path.join(RENDERER, name));
      return { raw: bytes.byteLength / 1000, gzip: gzipSync(bytes, BEST).byteLength / 1000 };
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
