import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerFile, fileOfAddress } from '#electron/shell/app-files.ts';

let outside: string;
let folder: string;
beforeAll(() => {
  outside = mkdtempSync(path.join(tmpdir(), 'daypass-files-'));
  folder = path.join(outside, 'renderer');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  mkdirSync(path.join(outside, 'elsewhere'));
  writeFileSync(path.join(outside, 'secret.html'), 'secret');
  writeFileSync(path.join(outside, 'elsewhere', 'a.js'), 'secret');
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'assets', 'a-B_1.js'), '1');
  writeFileSync(path.join(folder, 'notes.txt'), 'x');
  symlinkSync(path.join(outside, 'secret.html'), path.join(folder, 'link.html'));
  symlinkSync(path.join(outside, 'elsewhere'), path.join(folder, 'linked'));
});
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const get = async (url: string): Promise<Response> => await answerFile(folder, { method: 'GET', url });

describe('the files of the window', () => {
  it('are served with their type and the headers that fence the window in', async () => {
    const page = await get('app://daypass/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|data:|blob:|https?:|\*/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await get('app://daypass/assets/a-B_1.js')).headers.get('content-type')).toMatch(/^text\/javascript/);
  });

  it.each([
    'app://daypass/../secret.html',
    'app://daypass/%2e%2e/secret.html',
    'app://daypass/..%2fsecret.html',
    'app://daypass/assets%2f..%2f..%2fsecret.html',
    'app://daypass/assets/..\\..\\secret.html',
    'app://daypass//etc/passwd',
    'app://daypass/link.html',
    'app://daypass/linked/a.js',
    'app://daypass/notes.txt',
    'app://daypass/assets',
    'app://daypass/none.js',
    'app://daypass/index.html%00.js',
    'app://daypass/.hidden.js',
    'app://other/index.html',
    'app://user@daypass/index.html',
    'app://daypass:80/index.html',
    'https://daypass/index.html',
    'file:///etc/passwd',
    'nonsense',
  ])('are all there is: %s is not', async (url) => {
    const answer = await get(url);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('');
  });

  it('are only read', async () => {
    expect((await answerFile(folder, { method: 'POST', url: 'app://daypass/' })).status).toBe(405);
  });

  it('are found without their query and fragment', () => {
    expect(fileOfAddress('app://daypass/index.html?x=1#y')).toBe('index.html');
  });
});
