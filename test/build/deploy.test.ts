import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, 'build', 'deploy', file), 'utf8');

/** Every file of the repository that a start of the broker reads, found by following its imports. */
function importedFrom(entry: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(path.join(ROOT, entry), 'utf8');
  for (const [, specifier = ''] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
    const file = specifier.startsWith('#')
      ? specifier.slice(1)
      : specifier.startsWith('.')
        ? path.join(path.dirname(entry), specifier)
        : null;
    if (file !== null) importedFrom(file, seen);
  }
  return seen;
}

describe('the container file', () => {
  const text = read('Containerfile');
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));

  it('copies what is there', () => {
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('copies everything that a start of the broker imports', () => {
    const files = [...importedFrom('build/broker.ts')].filter((file) => !file.endsWith('.json'));
    expect(files.length).toBeGreaterThan(100);
    const missing = files.filter((file) => !copied.some((given) => file === given || file.startsWith(`${given}/`)));
    expect(missing).toEqual([]);
  });

  it('installs, without the desktop, every package that the broker imports', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const packages = new Set<string>();
    for (const file of importedFrom('build/broker.ts')) {
      const source = readFileSync(path.join(ROOT, file), 'utf8');
      for (const [, name = ''] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([a-z@][^':]*)'/gm))
        packages.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
    expect(packages).toContain('pg');
    expect([...packages].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  });

  it('runs as nobody special', () => {
    expect(text).toMatch(/^USER node$/m);
  });
});

describe('the systemd unit', () => {
  it('names what is there, and is one that systemd takes', () => {
    const text = read('daypass-broker.service');
    const named = [...text.matchAll(/\/opt\/daypass\/(\S+)/g)].map(([, file = '']) => file);
    expect(named).toContain('build/broker.ts');
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    const file = path.join(ROOT, 'build', 'deploy', 'daypass-broker.service');
    // A key that it does not know is a warning only, and its exit is then 0.
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    if (verified.error !== undefined) return;
    // Other units of this machine are not our concern.
    expect(verified.stderr.split('\n').filter((line) => line.includes('daypass-broker.service'))).toEqual([]);
  });
});
