// Which key signs a log at this moment. Another program may have changed it under a running one: that one follows only
// a chain of checkpoints that its own key and the next one signed, and signs nothing any more.
import { type Checkpoint, openCheckpoint } from '../audit/checkpoint.ts';
import { keysOf, readRotations, type RotationLine } from '../audit/key-rotations.ts';
import { type LogPublicKey, readPublicKey } from '../audit/log-key.ts';
import type { Db } from './log-store.ts';

/** A stored change of a log's key. `next`: the new key, PEM. */
export type StoredRotation = RotationLine & { readonly next: string };

/** All changes of a log's key, the oldest first. */
export type FindRotations = (db: Db) => Promise<readonly StoredRotation[]>;

export type LogKeys = {
  /** The key that this program signs with. */
  readonly own: LogPublicKey;
  /** The key that the log is signed with, as far as is known here. */
  readonly now: () => LogPublicKey;
  /** Opens the newest checkpoint, under a later key too if it follows ours. Null when it is not the log's. */
  readonly open: (db: Db, note: string) => Promise<Checkpoint | null>;
  /** The changes that led to the key of `now`. */
  readonly rotations: (db: Db) => Promise<readonly RotationLine[]>;
};

export function logKeys(own: LogPublicKey, find: FindRotations = () => Promise.resolve([])): LogKeys {
  let now = own;

  async function follow(db: Db, note: string): Promise<Checkpoint | null> {
    const stored = await find(db);
    const later = readPublicKey(stored.at(-1)?.next ?? '');
    const opened = later === null ? null : openCheckpoint(note, later);
    if (later === null || opened?.ok !== true) return null;
    const chain = readRotations(stored, { ...opened.value, key: later });
    if (!chain.ok || !keysOf(chain.value, later).some(({ fingerprint }) => fingerprint === now.fingerprint))
      return null;
    now = later;
    return opened.value;
  }

  return {
    own,
    now: () => now,
    async open(db, note) {
      const opened = openCheckpoint(note, now);
      if (opened.ok) return opened.value;
      return opened.error === 'no_signature_of_this_key' ? await follow(db, note) : null;
    },
    async rotations(db) {
      const stored = await find(db);
      const later = stored.findIndex(({ key }) => key === now.pem);
      return stored.slice(0, later < 0 ? stored.length : later).map(({ checkpoint, key }) => ({ checkpoint, key }));
    },
  };
}
