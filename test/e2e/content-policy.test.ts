// The running window under attack from inside: whatever got into the page cannot run more code, load anything from
// elsewhere, go away, or open another window.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PATIENCE_MS, served } from './support/knock.ts';
import { openDaypass } from './support/open-daypass.ts';

const ATTACK = readFileSync(path.join(import.meta.dirname, 'support', 'attack-page.js'), 'utf8');

type Attempts = { readonly [what: string]: string };
type Attacked = { readonly attempts: Attempts; readonly policies: readonly string[] };

it('refuses inline code, remote loads, navigation, frames and new windows', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass();
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  const address = page.url();
  const { attempts, policies } = await page.evaluate<Attacked>(ATTACK);
  expect(attempts).toEqual(Object.fromEntries(Object.keys(attempts).map((what) => [what, 'refused'])));
  expect(Object.keys(attempts).length).toBeGreaterThan(12);
  for (const policy of policies) expect(policy).not.toMatch(/unsafe|\*|data:|blob:|https?:/);
  expect(policies.length).toBeGreaterThan(0);
  expect(page.url()).toBe(address);
  expect(page.frames()).toHaveLength(1);
  expect(await desk.app.windows()).toHaveLength(1);
  expect(await desk.app.pages()).toHaveLength(1);
  expect(await desk.openedLinks()).toEqual([]);
  await served(page);
});
