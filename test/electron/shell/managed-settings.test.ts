import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  managedSettingsFiles,
  NO_MANAGED_SETTINGS,
  ownedByRoot,
  readManagedSecret,
  readManagedSettings,
  type OwnerCheck,
} from '#electron/shell/managed-settings.ts';

// The folders of a test are nobody's of root's: what is above the scratch folder counts as trusted, the rest is judged
// by its mode alone.
let scratch: string;
let folder: string;
let file: string;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'daypass-managed-')));
  folder = path.join(scratch, 'daypass');
  file = path.join(folder, 'settings.json');
  mkdirSync(folder, { mode: 0o755 });
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const byMode: OwnerCheck = (place, { mode }) => !place.startsWith(scratch) || (mode & 0o022) === 0;
const read = () => readManagedSettings([file], byMode);
const write = (value: unknown): void =>
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o644 });

describe('managed settings', () => {
  it('are none without a file, also without its folder', () => {
    expect(read()).toEqual({ ok: true, value: NO_MANAGED_SETTINGS });
    rmSync(folder, { recursive: true });
    expect(read()).toEqual({ ok: true, value: NO_MANAGED_SETTINGS });
  });

  it('hold only what they name', () => {
    write({
      settings: { wipeOnLock: true },
      configFile: '/etc/daypass/daypass.yaml',
      brokerUrl: 'https://daypass.example.org/',
    });
    expect(read()).toEqual({
      ok: true,
      value: {
        settings: { wipeOnLock: true },
        configFile: '/etc/daypass/daypass.yaml',
        brokerUrl: 'https://daypass.example.org',
        sinks: [],
      },
    });
  });

  it.each([
    ['not_json', '{'],
    ['not_valid', { settings: { unknown: 1 } }],
    ['not_valid', { settings: { textZoom: 9 } }],
    ['not_valid', { wipeOnLock: true }],
    ['not_valid', { configFile: 'relative.yaml' }],
    ['not_valid', { brokerUrl: 'http://daypass.example.org' }],
    ['not_valid', { brokerUrl: 'daypass.example.org' }],
    ['not_valid', []],
    ['too_large', ' '.repeat(70_000)],
  ])('stop the app as %s', (code, value) => {
    write(value);
    expect(read()).toMatchObject({ ok: false, error: { code } });
  });

  it('stop the app when others may write the file or a folder above it', () => {
    write({});
    chmodSync(file, 0o664);
    expect(read()).toMatchObject({ error: { code: 'not_of_administrators', place: file } });
    chmodSync(file, 0o644);
    chmodSync(folder, 0o777);
    expect(read()).toMatchObject({ error: { code: 'not_of_administrators', place: folder } });
  });

  it('stop the app when the file or its folder is a link', () => {
    const real = path.join(scratch, 'real.json');
    writeFileSync(real, '{}');
    symlinkSync(real, file);
    expect(read()).toMatchObject({ error: { code: 'a_link' } });
    rmSync(folder, { recursive: true });
    mkdirSync(path.join(scratch, 'elsewhere'));
    writeFileSync(path.join(scratch, 'elsewhere', 'settings.json'), '{}');
    symlinkSync(path.join(scratch, 'elsewhere'), folder);
    expect(read()).toMatchObject({ error: { code: 'a_link', place: folder } });
  });

  it('stop the app, and do not hang it, when a folder or a pipe is in its place', () => {
    mkdirSync(file);
    expect(read()).toMatchObject({ error: { code: 'not_a_file' } });
    rmSync(file, { recursive: true });
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [file]);
    expect(read()).toMatchObject({ error: { code: 'not_a_file' } });
  });

  it('are believed only from root on Unix', () => {
    expect(
      ownedByRoot('/x', Object.assign({}, { uid: 0, mode: 0o100644 }) as Parameters<OwnerCheck>[1], { above: false }),
    ).toBe(true);
    expect(
      ownedByRoot('/x', Object.assign({}, { uid: 1000, mode: 0o100644 }) as Parameters<OwnerCheck>[1], {
        above: false,
      }),
    ).toBe(false);
    expect(
      ownedByRoot('/x', Object.assign({}, { uid: 0, mode: 0o100664 }) as Parameters<OwnerCheck>[1], { above: false }),
    ).toBe(false);
    expect(
      ownedByRoot('/x', Object.assign({}, { uid: 0, mode: 0o040777 }) as Parameters<OwnerCheck>[1], { above: false }),
    ).toBe(false);
  });

  it('are looked for where the platform keeps them, the environment last', () => {
    expect(managedSettingsFiles('linux', null)).toEqual(['/etc/daypass/settings.json']);
    expect(managedSettingsFiles('win32', 'D:\\Mine')).toEqual([
      'C:\\ProgramData\\Daypass\\settings.json',
      'D:\\Mine\\Daypass\\settings.json',
    ]);
  });
});

describe('sinks of the organisation', () => {
  const hook = {
    kind: 'webhook',
    name: 'siem',
    url: 'https://siem.example.org/hook',
    secret: 'file:/etc/daypass/siem',
  };
  const otlp = { kind: 'otlp', name: 'otel', url: 'https://otel.example.org/v1/logs' };

  it('are read with secrets that are files only administrators can write', () => {
    const copy = { kind: 'file', name: 'copy', path: '/var/log/daypass/copy.jsonl' };
    const header = { name: 'Authorization', value: 'file:/etc/daypass/otel' };
    write({ sinks: [hook, { ...otlp, header }, copy] });
    expect(read()).toMatchObject({
      ok: true,
      value: { sinks: [hook, { header }, { maxBytes: 67_108_864, keep: 10 }] },
    });
  });

  it.each([
    ['the environment, which a person can change', { ...hook, secret: 'env:SIEM' }],
    ['a keychain, which is the person’s', { ...hook, secret: 'keychain:siem' }],
    ['a place beside wherever the app was started', { ...hook, secret: 'file:siem.secret' }],
    ['a header from the environment', { ...otlp, header: { name: 'X', value: 'env:OTEL' } }],
    ['a log beside wherever the app was started', { kind: 'file', name: 'copy', path: 'copy.jsonl' }],
    ['an address that everybody on the way reads', { ...otlp, url: 'http://otel.example.org/v1/logs' }],
    ['a secret in the file itself', { ...hook, secret: 'whsec_AAAA' }],
  ])('are refused with %s, and the app does not start without them', (_what, sink) => {
    write({ sinks: [sink] });
    expect(read()).toMatchObject({ ok: false, error: { code: 'not_valid' } });
  });

  it('are refused when two have one name', () => {
    write({ sinks: [otlp, otlp] });
    expect(read()).toMatchObject({ ok: false, error: { code: 'not_valid' } });
  });

  it('have a secret only from a file that is believed like the settings themselves', () => {
    const secret = path.join(path.dirname(file), 'siem');
    const readIt = () => readManagedSecret(secret, byMode);
    expect(readIt()).toMatchObject({ ok: false, error: { code: 'not_read' } });
    writeFileSync(secret, ' whsec_of-the-organisation\n', { mode: 0o600 });
    expect(readIt()).toEqual({ ok: true, value: 'whsec_of-the-organisation' });
    chmodSync(secret, 0o666);
    expect(readIt()).toMatchObject({ ok: false, error: { code: 'not_of_administrators' } });
    rmSync(secret);
    symlinkSync('/etc/hostname', secret);
    expect(readIt()).toMatchObject({ ok: false, error: { code: 'a_link' } });
    rmSync(secret);
    writeFileSync(secret, ' \n', { mode: 0o600 });
    expect(readIt()).toMatchObject({ ok: false, error: { code: 'not_read' } });
  });
});
