import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT });

function relativeLinks(page: string): string[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => !/^(?:https?:|#)/.test(target)).map((target) => target.replace(/#.*$/, ''));
}

test.each(PAGES)('every link of %s leads to a file', (page) => {
  const missing = relativeLinks(page).filter((link) => !existsSync(path.join(ROOT, path.dirname(page), link)));
  expect(missing).toEqual([]);
});

test('every promise of the security page names a test that exists', () => {
  const tests = new Set(globSync('test/**/*.test.ts', { cwd: ROOT }).map((file) => path.basename(file, '.test.ts')));
  const rows = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8').matchAll(/^\| [^|]+\| (`[^|]+`) +\|$/gm);
  const named = [...rows].flatMap((row) => [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !tests.has(name))).toEqual([]);
});
