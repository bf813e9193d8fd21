// Lints the planted violations with the real configuration, as if they lay in the repository's own folders.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PLANTED = path.join(import.meta.dirname, 'planted');
const REAL_PARTS = ['.oxlintrc.json', 'package.json', 'tsconfig.json', 'tsconfig.base.json', 'build/lint'];

const outputSchema = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

export type RulesByFile = ReadonlyMap<string, readonly string[]>;

/** What each planted file says about itself in its first line: the rules that must report it, in order of name. */
export function expectedRules(): RulesByFile {
  const files = globSync('**/*.ts', { cwd: PLANTED }).map((file) => file.split(path.sep).join('/'));
  return new Map(files.toSorted().map((file) => [file, readExpectation(path.join(PLANTED, file))]));
}

/** What the linter really reports for each planted file, in order of name. */
export function reportedRules(): RulesByFile {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-planted-'));
  try {
    cpSync(PLANTED, folder, { recursive: true });
    for (const part of REAL_PARTS) cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    return lint(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readExpectation(file: string): readonly string[] {
  const found = /^\/\/ expect: (.+)$/m.exec(readFileSync(file, 'utf8'));
  if (found?.[1] === undefined) throw new Error(`${file} does not say what is expected`);
  return found[1] === 'nothing' ? [] : found[1].split(', ').toSorted();
}

function lint(folder: string): RulesByFile {
  const oxlint = path.join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const run = spawnSync(process.execPath, [oxlint, '--format=json'], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = outputSchema.parse(JSON.parse(run.stdout));
  const byFile = Map.groupBy(diagnostics, (each) => each.filename.split(path.sep).join('/'));
  return new Map([...byFile].map(([file, found]) => [file, found.map((each) => each.code).toSorted()]));
}
