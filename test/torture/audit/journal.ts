// The journal that lies outside of every database: what a process was about to write, and what it knows is committed.
// It is what the check believes; it must never be written before the fact that it tells.
import { fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type JournalWriter = {
  readonly write: (what: 'begun' | 'committed', numbers: readonly number[]) => void;
};

/** Each line is on the disk when `write` returns. */
export function openJournal(file: string): JournalWriter {
  const journal = openSync(file, 'a', 0o600);
  return {
    write: (what, numbers) => {
      writeSync(journal, `${what} ${numbers.join(' ')}\n`);
      fsyncSync(journal);
    },
  };
}

export type Written = {
  /** In the order of writing. */
  readonly begun: readonly number[];
  readonly committed: readonly number[];
};

/** The journal of one life. A last line that a kill cut tells nothing. */
export function readJournal(file: string): Written {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { begun: [], committed: [] };
    throw error;
  }
  const lines = text.split('\n').slice(0, -1);
  const of = (what: string): number[] =>
    lines.flatMap((line) => (line.startsWith(`${what} `) ? line.split(' ').slice(1).map(Number) : []));
  return { begun: of('begun'), committed: of('committed') };
}

/** Of all lives of one process, in their order. */
export function readJournals(folder: string, name: string): Written {
  const lives = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .sort((one, other) => lifeOf(one) - lifeOf(other))
    .map((file) => readJournal(join(folder, file)));
  return { begun: lives.flatMap(({ begun }) => begun), committed: lives.flatMap(({ committed }) => committed) };
}

function lifeOf(file: string): number {
  return Number(file.split('.').at(-1));
}
