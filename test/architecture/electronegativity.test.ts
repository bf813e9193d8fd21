// Electronegativity over the app: nothing that docs/security.md does not answer. First that it would see what is bad,
// in TypeScript too, since a scanner can pass vacuously.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWERS, compare } from '../../build/electronegativity/answers.ts';
import { electronVersion, PARTS, scan, type Finding } from '../../build/electronegativity/scan.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const PAGE = readFileSync(path.join(ROOT, 'docs', 'security.md'), 'utf8');
const VERSION = '45.4.1';

const BAD_MAIN = `
import { app, BrowserWindow, session, shell } from 'electron';
type Options<T> = { readonly of: T };
export function openBadly<const T>(options: Options<T>): BrowserWindow {
  app.commandLine.appendSwitch('ignore-certificate-errors');
  void shell.openExternal(String(options.of));
  session.defaultSession.setCertificateVerifyProc((_request, done) => done(0));
  return new BrowserWindow({
    webPreferences: {
      contextIsolation: false,
      sandbox: false,
      webSecurity: false,
    },
  }) satisfies BrowserWindow;
}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-bad-app-'));
  mkdirSync(path.join(folder, 'electron'));
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ scripts: { start: 'electron --disable-web-security' } }),
  );
  writeFileSync(path.join(folder, 'electron', 'main.ts'), BAD_MAIN);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a planted bad app', () => {
  let findings: Finding[];
  beforeAll(async () => {
    findings = await scan(folder, ['electron', 'package.json'], VERSION);
  });

  it.each([
    ['CONTEXT_ISOLATION_JS_CHECK', 'contextIsolation: false,'],
    ['SANDBOX_JS_CHECK', 'sandbox: false,'],
    ['WEB_SECURITY_JS_CHECK', 'webSecurity: false,'],
    ['OPEN_EXTERNAL_JS_CHECK', 'void shell.openExternal(String(options.of));'],
    [
      'CERTIFICATE_VERIFY_PROC_JS_CHECK',
      'session.defaultSession.setCertificateVerifyProc((_request, done) => done(0));',
    ],
    ['CUSTOM_ARGUMENTS_JS_CHECK', "app.commandLine.appendSwitch('ignore-certificate-errors');"],
  ])('is reported for %s at its own line of TypeScript', (check, code) => {
    const line = BAD_MAIN.split('\n').findIndex((each) => each.trim() === code) + 1;
    expect(findings).toContainEqual(expect.objectContaining({ check, file: 'electron/main.ts', line, code }));
  });

  it.each(['LIMIT_NAVIGATION_GLOBAL_CHECK', 'PERMISSION_REQUEST_HANDLER_GLOBAL_CHECK', 'CSP_GLOBAL_CHECK'])(
    'is reported for what it leaves out: %s',
    (check) => expect(findings.map((finding) => finding.check)).toContain(check),
  );

  it('is reported for the arguments in its package.json', () => {
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'CUSTOM_ARGUMENTS_JSON_CHECK', file: 'package.json' }),
    );
  });

  it('cannot hide behind a file that the scanner does not understand', async () => {
    writeFileSync(path.join(folder, 'electron', 'odd.tsx'), 'const = ;');
    await expect(scan(folder, ['electron'], VERSION)).rejects.toThrow(/odd\.tsx/);
    rmSync(path.join(folder, 'electron', 'odd.tsx'));
  });
});

describe('the answers', () => {
  const finding: Finding = { check: 'A', file: 'a.ts', line: 1, code: 'bad()', severity: 'HIGH', description: 'bad' };
  const answer = { check: 'A', file: 'a.ts', code: 'bad()', heading: 'Why a' };
  const page = '## Answers to Electronegativity\n\n### Why a\n\n## Next\n\n### Why b\n';

  it('answer one place each: the same in another line or file is new', () => {
    const others = [
      { ...finding, code: 'bad(2)' },
      { ...finding, file: 'b.ts' },
    ];
    expect(compare([finding, ...others], [answer], page).unanswered).toEqual(others);
  });

  it('are outdated when nothing is found, and missing when the page does not say why', () => {
    expect(compare([], [answer], page)).toEqual({ unanswered: [], outdated: [answer], missing: [] });
    expect(compare([finding], [{ ...answer, heading: 'Why b' }], page).missing).toEqual(['Why b']);
  });

  it('are all written in docs/security.md', () => {
    expect(compare([], ANSWERS, PAGE).missing).toEqual([]);
  });
});

it.runIf(existsSync(path.join(ROOT, 'electron', 'main.ts')))(
  'the app has no finding that docs/security.md does not answer, and no answer without a finding',
  async () => {
    const findings = await scan(ROOT, PARTS, await electronVersion(ROOT));
    expect(compare(findings, ANSWERS, PAGE)).toEqual({ unanswered: [], outdated: [], missing: [] });
  },
  // It parses every file of the app.
  180_000,
);
