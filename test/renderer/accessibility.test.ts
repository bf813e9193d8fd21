import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCENES, stageOf, type Stage } from './screens.ts';
import { startWindowHost, type WindowHost } from './window-page.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// A theme changes colours only: what is said and how it is built is looked at once.
// The faults alone are told: what is well would be told node by node. The style sheets are not read once more for each
// run: the rule that wants them is not among those that run.
const SHORT = { resultTypes: ['violations'], preload: false, selectors: false };
const OPTIONS = {
  light: SHORT,
  dark: { ...SHORT, runOnly: ['color-contrast'] },
};

let host: WindowHost;
let stage: Stage;
beforeAll(async () => {
  host = await startWindowHost();
  stage = stageOf(host);
}, 120_000);
afterAll(async () => await host?.close());

it.each(SCENES.map((scene) => [scene.name, scene] as const))(
  'axe finds nothing on %s, light or dark, and the security policy refuses nothing',
  async (_, scene) => {
    const { page, faults } = await stage.show(scene, 'light');
    // It stays in a window that one scene leaves to the next.
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      const found = await page.evaluate(async (options) => {
        // oxlint-disable-next-line typescript/no-explicit-any -- because axe puts itself into the page as a global
        const results: AxeResults = await (globalThis as any).axe.run(document, options);
        return results.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
        );
      }, OPTIONS[theme]);
      expect([theme, ...found]).toEqual([theme]);
    }
    expect(faults).toEqual([]);
  },
  120_000,
);
