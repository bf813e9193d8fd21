// Settings of the organisation come from one place of the machine. To put a file there without touching this machine, the
// app runs in a mount namespace of its own, with a copy of /etc.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROGRAM = path.resolve(import.meta.dirname, 'support/managed-window.ts');
const LIMIT_MS = 120_000;
const canHavePrivateEtc =
  process.platform === 'linux' && spawnSync('unshare', ['--mount', 'mount', '--bind', '/etc', '/etc']).status === 0;

/** What Settings shows with this file in place. Rejects when the app does not start. */
async function settingsWith(file: string): Promise<unknown> {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-etc-'));
  const script = [
    'cp -a /etc "$1/etc" && mkdir -p "$1/etc/daypass" && printf %s "$2" > "$1/etc/daypass/settings.json"',
    'chown -R root:root "$1/etc/daypass" && chmod 755 "$1/etc/daypass" && chmod 644 "$1/etc/daypass/settings.json"',
    'mount --bind "$1/etc" /etc && exec "$3" --disable-warning=ExperimentalWarning "$4"',
  ].join(' && ');
  try {
    const args = ['--mount', 'sh', '-c', script, 'sh', folder, file, process.execPath, PROGRAM];
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: LIMIT_MS });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(!canHavePrivateEtc)('managed settings (only where this user may have an /etc of its own)', () => {
  it(
    'win over the person, who sees that they are set and cannot change them',
    async () => {
      const shown = await settingsWith(JSON.stringify({ settings: { theme: 'dark' } }));
      expect(shown).toMatchObject({ chosen: 'dark', disabled: 3, notes: 1 });
    },
    LIMIT_MS,
  );
});
