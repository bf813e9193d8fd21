// Which tokens we put on the clipboard, known by keyed hashes, written down before they are there. Clears the
// clipboard only while it holds ours, and keeps trying when it cannot look.
import { randomUUID } from 'node:crypto';
import { SECOND_MS, type EpochMs } from '#shared/domain/time.ts';
import type { ClipboardKeys, KeyedHash } from './clipboard-key.ts';
import { fromRow, type VaultCopy } from './copy-row.ts';
import type { Register } from './register.ts';
import type { ClipboardCopyRow } from './tables.ts';
import type { VaultEvent } from './vault-event.ts';
import type { VaultOptions, VaultTx } from './vault-options.ts';

export type ClipboardJournal = {
  readonly load: () => Promise<void>;
  /** The entry of a token that is about to be copied, and the write that belongs into the transaction of its record. */
  readonly prepare: (
    collectId: string,
    token: string,
    clearAtMs: EpochMs,
  ) => Promise<{ readonly entry: ClipboardCopyRow; readonly write: (tx: VaultTx) => Promise<void> }>;
  /** It is on the clipboard, or may be: cleared at its time. */
  readonly add: (entry: ClipboardCopyRow) => void;
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

type Clear = (entry: ClipboardCopyRow, swept: boolean) => Promise<boolean>;

const AGAIN_MS = 2 * SECOND_MS;

export function createClipboardJournal(options: JournalOptions): ClipboardJournal {
  const { store, register, time, deadlines } = options;
  const entries = new Map<string, ClipboardCopyRow>();
  const clear = createClear(options, entries);
  const clearAll = async (matches: (entry: ClipboardCopyRow) => boolean, swept = false): Promise<boolean> => {
    const cleared = await Promise.all([...entries.values()].filter(matches).map((entry) => clear(entry, swept)));
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
    add: (entry) => {
      entries.set(entry.id, entry);
      deadlines.set(deadlineOf(entry), entry.clear_at_ms, () => void clear(entry, false));
      register.changed();
    },
    untilMs: (collectId) => {
      const times = [...entries.values()].filter((entry) => entry.collect_id === collectId);
      return times.length === 0 ? null : Math.max(...times.map((entry) => entry.clear_at_ms));
    },
    clearOf: (collectId) => clearAll((entry) => entry.collect_id === collectId),
    sweep: () => clearAll(() => true, true),
    clearDue: async () => void (await clearAll((entry) => entry.clear_at_ms <= time.now())),
    close: () => {
      for (const entry of entries.values()) deadlines.clear(deadlineOf(entry));
      entries.clear();
    },
  };
}

function createClear(options: JournalOptions, entries: Map<string, ClipboardCopyRow>): Clear {
  const { clipboard, deadlines, time, keys, log } = options;
  /** Taken off the clipboard already; only its record is missing. */
  const clearedUnwritten = new Set<string>();
  const holdsOurs = async (entry: ClipboardCopyRow): Promise<boolean | 'unknown'> => {
    const text = await clipboard.read();
    return text === null ? false : await keys.isSame(text, toHash(entry));
  };
  const clearNow = async (entry: ClipboardCopyRow, swept: boolean): Promise<boolean> => {
    const ours = await holdsOurs(entry);
    if (ours === 'unknown') return false;
    if (ours) {
      await clipboard.clear();
      if ((await holdsOurs(entry)) === true) throw new Error('the clipboard kept what was cleared');
      clearedUnwritten.add(entry.id);
    }
    await writeCleared(options, entry, clearedUnwritten.has(entry.id), swept);
    entries.delete(entry.id);
    clearedUnwritten.delete(entry.id);
    deadlines.clear(deadlineOf(entry));
    options.register.changed();
    return true;
  };
  const clear: Clear = async (entry, swept) => {
    if (entries.get(entry.id) !== entry) return true;
    let cleared = false;
    try {
      cleared = await clearNow(entry, swept);
    } catch (error) {
      log.trouble('vault.clipboard_not_cleared', error, { collectId: entry.collect_id });
    }
    if (!cleared) deadlines.set(deadlineOf(entry), time.now() + AGAIN_MS, () => void clear(entry, swept));
    return cleared;
  };
  return clear;
}

/** The entry goes with the record of how it ended; if that cannot be written, both are tried again. */
async function writeCleared(
  { store, appendRecord, time }: JournalOptions,
  entry: ClipboardCopyRow,
  ours: boolean,
  swept: boolean,
): Promise<void> {
  await store.transaction(async (tx) => {
    const gone = await tx.deleteFrom('clipboard_copies').where('id', '=', entry.id).executeTakeFirst();
    if (gone.numDeletedRows !== 1n) return;
    const copy = await tx
      .selectFrom('local_copies')
      .selectAll()
      .where('collect_id', '=', entry.collect_id)
      .executeTakeFirst();
    if (copy !== undefined) await appendRecord(tx, clearedEvent(fromRow(copy), time.now(), ours, swept));
  });
}

function clearedEvent(copy: VaultCopy, atMs: EpochMs, ours: boolean, swept: boolean): VaultEvent {
  const { subject, resource, requestId, collectId } = copy;
  const [grantId, credential] = [copy.issued?.grantId ?? null, copy.issued?.credentialId ?? null];
  const about = { atMs, subject, resource, requestId, collectId, grantId };
  return { ...about, kind: 'clipboard.cleared', data: { credential, ours, swept } };
}

function toHash({ key_id: keyId, hash, length }: ClipboardCopyRow): KeyedHash {
  return { keyId, hash, length };
}

function deadlineOf({ id }: ClipboardCopyRow): string {
  return `vault:clipboard:${id}`;
}
