// The shell blocks of a page, and a bash that runs them as a reader would, telling whoever listens what it prints.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** In their order. Throws when the page has none. */
export function shellBlocks(page: string): readonly string[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  if (blocks.length === 0) throw new Error(`${page} has no shell block`);
  return blocks;
}

export type Shell = {
  readonly folder: string;
  /** Searched before the rest of the path. */
  readonly programs: readonly string[];
  readonly limitMs: number;
  /** Gives what is typed, when the line that was just printed asks for something. */
  readonly onLine: (line: string) => Promise<string | null>;
};

export type Ran = { readonly code: number | null; readonly output: string };

// With job control, as where a person types: `kill %1` ends all of a job. What still runs at the end goes with it.
const BEFORE = `set -meuo pipefail
trap 'for job in $(jobs -p); do kill -- "-$job"; done' EXIT`;

/** Runs the lines in one bash that stops at the first that fails. Rejects when it takes too long or nobody can answer it. */
export async function runShell(script: string, { folder, programs, limitMs, onLine }: Shell): Promise<Ran> {
  const child = spawn('bash', ['-c', `${BEFORE}\n${script}`], {
    cwd: folder,
    env: { ...process.env, PATH: [...programs, process.env['PATH'] ?? ''].join(path.delimiter) },
    stdio: 'pipe',
  });
  let output = '';
  let seen = 0;
  return await new Promise<Ran>((resolve, reject) => {
    const fail = (error: Error): void => {
      child.kill('SIGKILL');
      reject(new Error(`${error.message}; it printed:\n${output}`, { cause: error }));
    };
    const limit = setTimeout(() => fail(new Error('it takes too long')), limitMs);
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      for (let end = output.indexOf('\n', seen); end !== -1; end = output.indexOf('\n', seen)) {
        const line = output.slice(seen, end);
        seen = end + 1;
        onLine(line).then((typed) => typed !== null && child.stdin.write(`${typed}\n`), fail);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', fail);
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code, output });
    });
  });
}
