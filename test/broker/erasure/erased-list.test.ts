// The list of who was erased, by itself: what it must keep, and what it must not take for an empty one.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openErasedList } from '#broker/erasure/erased-list.ts';

const KEY = new Uint8Array(32).fill(5);
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-erased-'));
  file = join(folder, 'erased');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is on disk when it says so, without a pseudonym in it, and for its owner alone', async () => {
  const list = await openErasedList(file, KEY);
  await list.add(['sub_ana', 'sub_jo']);
  expect(readFileSync(file, 'utf8')).toMatch(/^daypass erased subjects 1\n[\w-]{43}\n[\w-]{43}\n$/);
  expect(readFileSync(file, 'utf8')).not.toMatch(/sub_|ana|jo/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await openErasedList(file, KEY);
  expect([again.has('sub_ana'), again.has('sub_max')]).toEqual([true, false]);
  expect((await openErasedList(file, new Uint8Array(32).fill(6))).has('sub_ana')).toBe(false);
});

it('of two programs with one file has what both wrote', async () => {
  const [one, two] = [await openErasedList(file, KEY), await openErasedList(file, KEY)];
  await one.add(['sub_ana']);
  await two.add(['sub_jo']);
  const both = await openErasedList(file, KEY);
  expect(['sub_ana', 'sub_jo'].map(both.has)).toEqual([true, true]);
});

it.each<[string, () => void]>([
  ['cannot be read', () => mkdirSync(file)],
  ['is empty', () => writeFileSync(file, '')],
  ['has another first line', () => writeFileSync(file, `something else\n${'a'.repeat(43)}\n`)],
  ['has a line that is no fingerprint', () => writeFileSync(file, 'daypass erased subjects 1\nsub_ana\n')],
])('is no empty list when it %s', async (_what, spoil) => {
  spoil();
  await expect(openErasedList(file, KEY)).rejects.toThrow();
});

it('that nobody keeps remembers for as long as the program runs', async () => {
  const list = await openErasedList(null, KEY);
  await list.add(['sub_ana']);
  expect(list.has('sub_ana')).toBe(true);
});
