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

/** The tests that a promise of the security page links to; null: the line is no promise. */
function testsOf(line: string): readonly string[] | null {
  const cell = /^\| [^|]+ \| ([^|]+) \|$/.exec(line)?.[1]?.trim();
  if (cell === undefined || cell === 'test' || /^-+$/.test(cell)) return null;
  return [...cell.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\)/g)].flatMap(([, name, file]) =>
    file !== undefined && path.basename(file) === `${name}.test.ts` ? [file] : [],
  );
}

const [PAGE = ''] = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8').split('## How it fails');
const PROMISES = PAGE.split('\n').flatMap((line) => {
  const tests = testsOf(line);
  return tests === null ? [] : [{ line, tests }];
});

test('every promise of the security page links to its tests', () => {
  expect(PROMISES.length).toBeGreaterThan(80);
  expect(PROMISES.filter(({ tests }) => tests.length === 0)).toEqual([]);
});

test('every security spec, and every spec of several replicas, holds a promise', () => {
  const held = new Set(PROMISES.flatMap(({ tests }) => tests));
  const specs = [
    'test/**/security/*.test.ts',
    'test/broker/{replicas,over-http}/*.test.ts',
    'test/torture/{team,postgres}-*.test.ts',
  ];
  const files = globSync(specs, { cwd: ROOT }).filter((file) => !file.includes('planted'));
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter((file) => !held.has(file))).toEqual([]);
});
