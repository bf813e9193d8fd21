// The demo is run as a newcomer runs it; its last line, its export and its silence about secrets are checked.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifyExport } from '#shared/audit/verify-export.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const reportSchema = z.strictObject({
  ok: z.boolean(),
  steps: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), ms: z.number() })),
  revokeLagMs: z.number(),
  ledgerRecords: z.int(),
});

let folder: string;
let output: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-demo-test-'));
  const demo = path.join(ROOT, 'build', 'demo.ts');
  const limits = { encoding: 'utf8', cwd: ROOT, timeout: 120_000 } as const;
  output = execFileSync(process.execPath, [demo, '--json', '--keep', folder], limits);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run demo -- --json --keep DIR', () => {
  it('does every step of the main job and says so in its last line', () => {
    const report = reportSchema.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
    expect(report.ok).toBe(true);
    expect(report.steps.every((step) => step.ok)).toBe(true);
    expect(report.steps.length).toBeGreaterThanOrEqual(12);
    expect(report.ledgerRecords).toBe(
      readFileSync(path.join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n').length,
    );
  });

  it('leaves an export that verifies', async () => {
    expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'log.jsonl', 'log.pem']);
    expect(await verifyExport({ folder })).toMatchObject({ ok: true, value: { verdict: 'internally_consistent' } });
  });

  const missing = ['openssl', 'python3'].find((tool) => spawnSync(tool, ['--help']).error !== undefined);
  const how = missing === undefined ? 'OpenSSL and Python' : `OpenSSL and Python (skipped: no ${missing})`;
  it.skipIf(missing !== undefined)(`leaves an export that ${how} verify`, () => {
    const verified = spawnSync('bash', [path.join(ROOT, 'docs', 'verify-export.sh'), folder], { encoding: 'utf8' });
    expect(verified.stdout + verified.stderr).toContain('internally consistent only');
    expect(verified.status).toBe(0);
  });

  it('shows no token, no key and no name of a person in the export', () => {
    const log = readFileSync(path.join(folder, 'log.jsonl'), 'utf8');
    for (const text of [output, log]) expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}/);
    expect(log).not.toMatch(/Ana|Berg|Okoye|quarterly report/);
    for (const file of readdirSync(folder)) expect(statSync(path.join(folder, file)).mode & 0o077).toBe(0);
  });
});
