// The demo is run as a newcomer runs it; its last line, its export and its silence about secrets are checked.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { recordProblems } from '#test/support/record-problems.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const LOGS = ['desktop', 'ledger'] as const;
const notedSchema = z.strictObject({ fingerprint: z.string().regex(/^[0-9a-f]{64}$/), checkpoint: z.string() });
const reportSchema = z.strictObject({
  ok: z.boolean(),
  host: z.enum(['stand-in', 'electron']),
  steps: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), ms: z.number() })),
  requestToKeychainMs: z.number().positive(),
  wipeLagMs: z.number().nonnegative(),
  revokeLagMs: z.number(),
  ledgerRecords: z.int(),
  desktopRecords: z.int(),
  outside: z.strictObject({ desktop: notedSchema, ledger: notedSchema }),
});

let folder: string;
let output: string;
const report = () => reportSchema.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-demo-test-'));
  const demo = path.join(ROOT, 'build', 'demo.ts');
  const limits = { encoding: 'utf8', cwd: ROOT, timeout: 240_000 } as const;
  const played = spawnSync(process.execPath, [demo, '--json', '--keep', folder], limits);
  output = played.stdout;
  if (played.status !== 0) throw new Error(`the demo failed:\n${output}\n${played.stderr}`);
}, 250_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run demo -- --json --keep DIR', () => {
  it('does every step of the main job and says so in its last line', () => {
    const { ok, steps, ledgerRecords, desktopRecords } = report();
    expect(ok).toBe(true);
    expect(steps.every((step) => step.ok)).toBe(true);
    expect(steps.length).toBeGreaterThanOrEqual(13);
    for (const [log, records] of [
      ['ledger', ledgerRecords],
      ['desktop', desktopRecords],
    ] as const)
      expect(
        readFileSync(path.join(folder, log, 'log.jsonl'), 'utf8')
          .trimEnd()
          .split('\n'),
      ).toHaveLength(records);
  });

  it.each(LOGS)('leaves a whole export of the %s log that verifies with what was kept outside of it', async (log) => {
    expect(readdirSync(path.join(folder, log)).sort()).toEqual(['checkpoint', 'leaves', 'log.jsonl', 'log.pem']);
    const { fingerprint: keyFingerprint, checkpoint: sinceCheckpoint } = report().outside[log];
    expect(await verifyExport({ folder: path.join(folder, log), keyFingerprint, sinceCheckpoint })).toMatchObject({
      ok: true,
      value: { verdict: 'verified', range: null, pruned: 0, continuesOld: true },
    });
    // Kept while the story went on: not the one that the export ends with.
    expect(readFileSync(path.join(folder, log, 'checkpoint'), 'utf8')).not.toBe(sinceCheckpoint);
  });

  it.each(LOGS)('writes only records into the %s log that are valid OCSF 1.8.0 and as documented', (log) => {
    const lines = readFileSync(path.join(folder, log, 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.flatMap(recordProblems)).toEqual([]);
  });

  const missing = ['openssl', 'python3'].find((tool) => spawnSync(tool, ['--help']).error !== undefined);
  const how = missing === undefined ? 'OpenSSL and Python' : `OpenSSL and Python (skipped: no ${missing})`;
  it.skipIf(missing !== undefined).each(LOGS)(`leaves an export of the %s log that ${how} verify`, (log) => {
    const script = path.join(ROOT, 'docs', 'verify-export.sh');
    const kept = path.join(folder, 'outside', `${log}.checkpoint`);
    const args = [script, path.join(folder, log), report().outside[log].fingerprint, kept];
    const verified = spawnSync('bash', args, { encoding: 'utf8' });
    expect(verified.stdout + verified.stderr).toMatch(/^verified \d+ records of daypass\./);
    expect(verified.status).toBe(0);
  });

  it('leaves a picture of every screen, light and dark', () => {
    const pictures = readdirSync(path.join(folder, 'screens'));
    for (const screen of ['welcome', 'access-one', 'access-many', 'form-approved', 'approvals', 'history', 'settings'])
      for (const theme of ['light', 'dark']) expect(pictures).toContain(`${screen}-${theme}.png`);
  });

  it('shows no token, no key and no name of a person in the exports', () => {
    for (const name of LOGS) {
      const log = readFileSync(path.join(folder, name, 'log.jsonl'), 'utf8');
      for (const text of [output, log]) expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}/);
      expect(log).not.toMatch(/Ana|Berg|Okoye|quarterly report/);
      for (const file of readdirSync(path.join(folder, name)))
        expect(statSync(path.join(folder, name, file)).mode & 0o077).toBe(0);
    }
  });
});
