// The list of who was erased, in a file outside the database: keyed fingerprints of pseudonyms, no names. A backup that is
// put back holds the destroyed keys and names again; by this list they are found and erased again.
import { createHmac } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { SubjectId } from '#shared/domain/identity.ts';
import { syncFolder } from '#shared/sinks/sync-folder.ts';

export type ErasedList = {
  readonly has: (subject: SubjectId) => boolean;
  /** On disk when it resolves. What is there already is not written again. */
  readonly add: (subjects: readonly SubjectId[]) => Promise<void>;
};

const HEADER = 'daypass erased subjects 1';
const LINE = /^[A-Za-z0-9_-]{43}$/;

/** `file` null: nobody keeps one. Throws when it is there and is none: nobody may pass over that. */
export async function openErasedList(file: string | null, key: Uint8Array): Promise<ErasedList> {
  const known = new Set(file === null ? [] : await readList(file));
  const fingerprint = (subject: SubjectId): string =>
    createHmac('sha256', key).update(`erased subject\n${subject}`).digest('base64url');
  let last: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (file === null) return;
    // Replicas on one machine may keep one list: what another one wrote since stays.
    for (const line of await readList(file)) known.add(line);
    await replaceFile(file, `${[HEADER, ...[...known].toSorted()].join('\n')}\n`);
  };
  return {
    has: (subject) => known.has(fingerprint(subject)),
    add: async (subjects) => {
      const fresh = subjects.map(fingerprint).filter((each) => !known.has(each));
      if (fresh.length === 0) return await last;
      for (const each of fresh) known.add(each);
      // One at a time, whatever became of the one before.
      await (last = last.then(write, write));
    },
  };
}

async function readList(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const [header, ...lines] = text.trimEnd().split('\n');
  if (header !== HEADER || !lines.every((line) => LINE.test(line)))
    throw new Error(`${file} is no list of erased subjects: whoever knows why takes it away`);
  return lines;
}

/** Whole or not at all, also when the power goes. */
async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${hostname()}-${process.pid}.new`;
  {
    await using handle = await open(fresh, 'w', 0o600);
    await handle.writeFile(text);
    await handle.sync();
  }
  await rename(fresh, file);
  await syncFolder(dirname(file));
}
