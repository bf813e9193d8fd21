// Which tokens we put on the clipboard, known by keyed hashes, written down before they are there. Clears the
// clipboard only while it holds ours, and keeps trying when it cannot look.
import { randomUUID } from 'node:crypto';
import { SECOND_MS, type EpochMs } from '#shared/domain/time.ts';
import type { ClipboardKeys, KeyedHash } from './clipboard-key.ts';
import { fromRow } from './copy-row.ts';
import type { Register } from './register.ts';
import type { ClipboardCopyRow } from './tables.ts';
import { credentialOf, eventOf, type VaultFact } from './vault-event.ts';
import type { VaultOptions, VaultTx } from './vault-options.ts';

export type ClipboardJournal = {
  readonly load: () => Promise<void>;
  /** The entry of a token that is about to be copied, and the write that belongs into the transaction of its record. */
  readonly prepare: (
    collectId: string,
    token: string,
    clearAtMs: EpochMs,
  ) => Promise<{ readonly entry: ClipboardCopyRow; readonly write: (tx: VaultTx) => Promise<void> }>;
  /** It may be on the clipboard from now on: cleared at its time, and not forgotten before `written`. */
  readonly add: (entry: ClipboardCopyRow) => void;
  /** The write is over, however it went. */
  readonly written: (entry: ClipboardCopyRow) => void;
  readonly untilMs: (collectId: string) => EpochMs | null;
  /** Clears now what is of this copy, if it still is there. True: nothing of it is left to clear. */
  readonly clearOf: (collectId: string) => Promise<boolean>;
  /** At start: everything that an earlier run left, whatever its time. True: nothing is left. */
  readonly sweep: () => Promise<boolean>;
  readonly clearDue: () => Promise<void>;
  readonly close: () => void;
};

export type JournalOptions = Pick<
  VaultOptions,
  'store' | 'appendRecord' | 'clipboard' | 'time' | 'deadlines' | 'log'
> & {
  readonly register: Register;
  readonly keys: ClipboardKeys;
};

type Clear = (entry: ClipboardCopyRow) => Promise<boolean>;

const AGAIN_MS = 2 * SECOND_MS;

export function createClipboardJournal(options: JournalOptions): ClipboardJournal {
  const { store, register, time, deadlines } = options;
  const entries = new Map<string, ClipboardCopyRow>();
  const writing = new Set<string>();
  const clear = createClear(options, entries, writing);
  const clearAll = async (matches: (entry: ClipboardCopyRow) => boolean): Promise<boolean> => {
    const cleared = await Promise.all([...entries.values()].filter(matches).map(clear));
    return cleared.every(Boolean);
  };
  return {
    load: async () => {
      entries.clear();
      const rows = await store.read.selectFrom('clipboard_copies').selectAll().execute();
      for (const row of rows) entries.set(row.id, row);
    },
    prepare: async (collectId, token, clearAtMs) => {
      const { hash, keyId, length } = await options.keys.hash(token);
      const entry: ClipboardCopyRow = {
        id: randomUUID(),
        collect_id: collectId,
        hash,
        key_id: keyId,
        length,
        copied_at_ms: time.now(),
        clear_at_ms: clearAtMs,
      };
      return { entry, write: async (tx) => void (await tx.insertInto('clipboard_copies').values(entry).execute()) };
    },
    written: ({ id }) => void writing.delete(id),
    add: (entry) => {
      writing.add(entry.id);
      entries.set(entry.id, entry);
      deadlines.set(deadlineOf(entry), entry.clear_at_ms, () => void clear(entry));
      register.changed();
    },
    untilMs: (collectId) => {
      const times = [...entries.values()].filter((entry) => entry.collect_id === collectId);
      return times.length === 0 ? null : Math.max(...times.map((entry) => entry.clear_at_ms));
    },
    clearOf: (collectId) => clearAll((entry) => entry.collect_id === collectId),
    sweep: () => clearAll(() => true),
    clearDue: async () => void (await clearAll((entry) => entry.clear_at_ms <= time.now())),
    close: () => {
      for (const entry of entries.values()) deadlines.clear(deadlineOf(entry));
      entries.clear();
    },
  };
}

function createClear(
  options: JournalOptions,
  entries: Map<string, ClipboardCopyRow>,
  writing: ReadonlySet<string>,
): Clear {
  const { clipboard, deadlines, time, keys, log } = options;
  /** Taken off the clipboard already; only its record is missing. */
  const clearedUnwritten = new Set<string>();
  const toldFailed = new Set<string>();
  const holdsOurs = async (entry: ClipboardCopyRow): Promise<boolean | 'unknown'> => {
    const text = await clipboard.read();
    return text === null ? false : await keys.isSame(text, toHash(entry));
  };
  const clearNow = async (entry: ClipboardCopyRow): Promise<boolean> => {
    const ours = await holdsOurs(entry);
    // One that is being written may come right after this look: whoever writes it looks again.
    if (ours === 'unknown' || (writing.has(entry.id) && !ours)) return false;
    if (ours) {
      await clipboard.clear();
      if ((await holdsOurs(entry)) === true) throw new Error('the clipboard kept what was cleared');
      clearedUnwritten.add(entry.id);
    }
    await writeCleared(options, entry, clearedUnwritten.has(entry.id) ? 'ours' : 'other');
    entries.delete(entry.id);
    clearedUnwritten.delete(entry.id);
    toldFailed.delete(entry.id);
    deadlines.clear(deadlineOf(entry));
    options.register.changed();
    return true;
  };
  const clear: Clear = async (entry) => {
    if (entries.get(entry.id) !== entry) return true;
    let cleared = false;
    try {
      cleared = await clearNow(entry);
    } catch (error) {
      log.trouble('vault.clipboard_not_cleared', error, { collectId: entry.collect_id });
      if (!toldFailed.has(entry.id)) await writeFailed(options, entry);
      toldFailed.add(entry.id);
    }
    if (!cleared) deadlines.set(deadlineOf(entry), time.now() + AGAIN_MS, () => void clear(entry));
    return cleared;
  };
  return clear;
}

/** The entry goes with the record of how it ended; if that cannot be written, both are tried again. */
async function writeCleared(options: JournalOptions, entry: ClipboardCopyRow, held: 'ours' | 'other'): Promise<void> {
  await options.store.transaction(async (tx) => {
    const gone = await tx.deleteFrom('clipboard_copies').where('id', '=', entry.id).executeTakeFirst();
    if (gone.numDeletedRows !== 1n) return;
    await recordOf(options, tx, entry, (credential) => ({ kind: 'clipboard.cleared', data: { credential, held } }));
  });
}

async function writeFailed(options: JournalOptions, entry: ClipboardCopyRow): Promise<void> {
  const failed = (credential: string): VaultFact => {
    return { kind: 'clipboard.clear_failed', data: { credential, code: 'clipboard' } };
  };
  try {
    await options.store.transaction((tx) => recordOf(options, tx, entry, failed));
  } catch (error) {
    options.log.trouble('vault.not_recorded', error, { collectId: entry.collect_id });
  }
}

async function recordOf(
  { appendRecord, time }: JournalOptions,
  tx: VaultTx,
  entry: ClipboardCopyRow,
  fact: (credential: string) => VaultFact,
): Promise<void> {
  const row = await tx
    .selectFrom('local_copies')
    .selectAll()
    .where('collect_id', '=', entry.collect_id)
    .executeTakeFirst();
  if (row === undefined) return;
  const copy = fromRow(row);
  await appendRecord(tx, eventOf(copy, fact(credentialOf(copy)), time.now()));
}

function toHash({ key_id: keyId, hash, length }: ClipboardCopyRow): KeyedHash {
  return { keyId, hash, length };
}

function deadlineOf({ id }: ClipboardCopyRow): string {
  return `vault:clipboard:${id}`;
}
