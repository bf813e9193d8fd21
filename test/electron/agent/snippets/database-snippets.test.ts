// Snippets for a database login: what they hold, and what a real shell, Python and URL parser make of them.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DATABASE_SNIPPETS, databaseSnippet } from '#electron/agent/snippets/database-snippets.ts';
import type { DatabaseTargetView } from '#shared/contracts/broker-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-database-snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TARGET: DatabaseTargetView = {
  host: 'db.example.org',
  port: 5432,
  database: 'warehouse',
  user: 'dp_4f2a',
  sslmode: 'verify-full',
};
const NASTY: DatabaseTargetView = { ...TARGET, database: `a b'; $(touch x) \\"`, user: `u@/'\\x`, host: '::1' };

describe('a snippet for a database login', () => {
  it('asks for the password and gives it to psql by the environment alone', () => {
    for (const target of [TARGET, NASTY]) {
      // psql stands in for itself: it says what it was given.
      writeFileSync(join(folder, 'psql'), '#!/bin/sh\nprintf "%s\\n" "$PGPASSWORD" "$#" "$@"\n', { mode: 0o755 });
      const script = `${databaseSnippet('psql', target)}\nprintf 'after:%s\\n' "\${PGPASSWORD-none}"\n`;
      writeFileSync(join(folder, 'run.sh'), script);
      const env = { PATH: `${folder}:${process.env['PATH']}` };
      const run = spawnSync('bash', [join(folder, 'run.sh')], {
        input: 'pass word\\1\n',
        encoding: 'utf8',
        env,
        cwd: folder,
      });
      const [, password, count, ...rest] = run.stdout.split('\n');
      expect({ password, count }).toEqual({ password: 'pass word\\1', count: '1' });
      expect(rest.join('\n')).not.toContain('pass word');
      expect(run.stdout).toContain('after:none');
      expect(rest[0]).toContain(`user='${target.user.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
    }
  });

  it('is Python that compiles, whatever the names are', () => {
    for (const target of [TARGET, NASTY]) {
      writeFileSync(join(folder, 'snippet.py'), databaseSnippet('sqlalchemy', target));
      execFileSync('python3', ['-m', 'py_compile', join(folder, 'snippet.py')]);
    }
  });

  it('is an address without a password', () => {
    const url = new URL(databaseSnippet('dsn', NASTY));
    expect(url.password).toBe('');
    expect(decodeURIComponent(url.username)).toBe(NASTY.user);
    expect(decodeURIComponent(url.pathname.slice(1))).toBe(NASTY.database);
    expect(url.searchParams.get('sslmode')).toBe('verify-full');
  });

  it('is not written for a target with characters that end a line', () => {
    for (const kind of DATABASE_SNIPPETS)
      expect(() => databaseSnippet(kind, { ...TARGET, user: 'a\nb' })).toThrow(TypeError);
  });
});
