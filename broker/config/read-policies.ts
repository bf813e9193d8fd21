// Reads the policy files of a folder. Understands nothing of policies: that is the loader's.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Hashes } from './diff.ts';
import type { ConfigProblem } from './problem.ts';
import { readSource } from './read-document.ts';
import type { YamlSource } from './yaml-document.ts';

export type PolicySources = {
  readonly sources: readonly YamlSource[];
  /** SHA-256 (hex) of each file, by its name in the folder. */
  readonly fileHashes: Hashes;
};

/** Every `*.cedar` file directly in the folder, by name. An empty folder is a fault: it would deny everything. */
export async function readPolicies(folder: string): Promise<Result<PolicySources, readonly ConfigProblem[]>> {
  const names = await policyNames(folder);
  if (names === null)
    return err([{ file: folder, line: 1, column: 1, path: '', message: 'the folder cannot be read' }]);
  if (names.length === 0) return err([{ file: folder, line: 1, column: 1, path: '', message: 'has no .cedar file' }]);
  const read = await Promise.all(names.map((name) => readSource(join(folder, name))));
  const problems = read.flatMap((source) => (source.ok ? [] : source.error));
  if (problems.length > 0) return err(problems);
  const sources = read.flatMap((source) => (source.ok ? [source.value] : []));
  const hashes = sources.map(({ text }) => createHash('sha256').update(text).digest('hex'));
  return ok({ sources, fileHashes: Object.fromEntries(names.map((name, index) => [name, hashes[index] ?? ''])) });
}

async function policyNames(folder: string): Promise<readonly string[] | null> {
  try {
    const entries = await readdir(folder);
    // Editors leave hidden copies beside the file that is being written.
    return entries.filter((name) => name.endsWith('.cedar') && !name.startsWith('.')).sort();
  } catch {
    return null;
  }
}
