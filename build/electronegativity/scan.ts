// Runs Electronegativity over the app's sources and gives its findings as data. Changes nothing but a folder of its own.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const HERE = import.meta.dirname;
const BIGGEST_REPORT_BYTES = 64 * 1024 * 1024;
const SCANNED = /\.(tsx?|html|json)$/;

const reportSchema = z.object({
  globalChecks: z.number().min(1),
  atomicChecks: z.number().min(1),
  errors: z.array(z.object({ file: z.string(), message: z.string(), tolerable: z.boolean() })),
  issues: z.array(
    z.object({
      id: z.string(),
      file: z.string(),
      sample: z.string().default(''),
      description: z.string(),
      location: z.object({ line: z.number(), column: z.number() }),
      severity: z.object({ name: z.string() }),
    }),
  ),
});

/** What ends up in the app. */
export const PARTS = ['electron', 'renderer', 'shared', 'broker', 'package.json'] as const;

export type Finding = {
  /** Electronegativity's name of the check. */
  readonly check: string;
  /** Relative to the scanned root, or `N/A` for what is missing from the app as a whole. */
  readonly file: string;
  readonly line: number;
  /** The line that it was found in. */
  readonly code: string;
  readonly severity: string;
  readonly description: string;
};

/** Takes a root, the folders and files below it to scan, and Electron's version. Throws when a file was not understood. */
export async function scan(root: string, parts: readonly string[], electronVersion: string): Promise<Finding[]> {
  const staged = await mkdtemp(path.join(tmpdir(), 'daypass-electronegativity-'));
  try {
    for (const part of parts) await stage(path.join(root, part), path.join(staged, part));
    const report = await runChild(staged, electronVersion);
    const [error] = report.errors;
    if (error !== undefined) throw new Error(`Electronegativity did not understand ${error.file}: ${error.message}`);
    return report.issues.map(({ id, file, sample, description, location, severity }) => ({
      check: id,
      file: sourceName(file),
      line: location.line,
      code: sample.trim(),
      severity: severity.name,
      description,
    }));
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** The version that the app is built for, as package.json pins it. */
export async function electronVersion(root: string): Promise<string> {
  const manifest = z.object({ devDependencies: z.object({ electron: z.string() }) });
  return manifest.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))).devDependencies.electron;
}

/** Copies what is scanned. TypeScript loses its types in place: for plain scripts more of the checks work. */
async function stage(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return await stageFile(from, to);
  for (const entry of entries.filter((each) => each.isFile() && SCANNED.test(each.name))) {
    const file = path.join(entry.parentPath, entry.name);
    await stageFile(file, path.join(to, path.relative(from, file)));
  }
}

async function stageFile(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  if (!from.endsWith('.ts')) return await copyFile(from, to);
  await writeFile(`${to}.js`, stripTypeScriptTypes(await readFile(from, 'utf8')));
}

const sourceName = (staged: string): string => staged.replaceAll(path.sep, '/').replace(/\.ts\.js$/, '.ts');

async function runChild(folder: string, electronVersion: string): Promise<z.infer<typeof reportSchema>> {
  const preload = path.join(HERE, 'preload.ts');
  const child = path.join(HERE, 'child.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', preload, child, folder, electronVersion],
    { maxBuffer: BIGGEST_REPORT_BYTES, env: { ...process.env, LANG: 'en-US' } },
  );
  return reportSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
}
