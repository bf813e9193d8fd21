// The keys of what people wrote: made at their first words, used only here, destroyed to erase.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { SealedText } from '#shared/audit/record.ts';
import {
  newSubjectKey,
  openText,
  type PersonalText,
  SEAL_KEY_BYTES,
  sealText,
  unwrapSubjectKey,
  WRAPPED_KEY_BYTES,
} from '#shared/audit/seal.ts';
import { toBuffer } from '#shared/log/row-reading.ts';
import { newId } from '#broker/ids.ts';
import type { Reader, Tx } from '#broker/store.ts';

export type PersonalKeys = {
  readonly seal: (
    tx: Tx,
    subject: SubjectId,
    text: PersonalText,
    recordUid: string,
    nowMs: EpochMs,
  ) => Promise<SealedText>;
  /** Null when the key was destroyed. Throws when it is there but does not open. */
  readonly open: (db: Reader, sealed: SealedText, recordUid: string) => Promise<PersonalText | null>;
};

export function personalKeys(erasureKey: Uint8Array): PersonalKeys {
  if (erasureKey.length !== SEAL_KEY_BYTES) throw new RangeError(`an erasure key is ${SEAL_KEY_BYTES} bytes`);

  async function findKey(tx: Tx, subject: SubjectId): Promise<{ id: string; key: Buffer } | null> {
    const known = await tx
      .selectFrom('ledger_subject_keys')
      .select(['id', 'wrapped_key'])
      .where('subject', '=', subject)
      .executeTakeFirst();
    if (known === undefined) return null;
    return { id: known.id, key: unwrapSubjectKey(erasureKey, toBuffer(known.wrapped_key), known.id) };
  }

  async function keyOf(tx: Tx, subject: SubjectId, nowMs: EpochMs): Promise<{ id: string; key: Buffer }> {
    const known = await findKey(tx, subject);
    if (known !== null) return known;
    const id = newId('key');
    const { key, wrapped } = newSubjectKey(erasureKey, id);
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('ledger_subject_keys')
      .values({ id, subject, wrapped_key: wrapped, created_at_ms: nowMs })
      .onConflict((conflict) => conflict.column('subject').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return { id, key };
    const theirs = await findKey(tx, subject);
    if (theirs === null) throw new Error('the key of a subject came and went within one transaction');
    return theirs;
  }

  return {
    async seal(tx, subject, text, recordUid, nowMs) {
      const { id, key } = await keyOf(tx, subject, nowMs);
      return { key: id, subject, text: sealText(key, text, recordUid) };
    },
    async open(db, sealed, recordUid) {
      const row = await db
        .selectFrom('ledger_subject_keys')
        .select('wrapped_key')
        .where('id', '=', sealed.key)
        .executeTakeFirst();
      if (row === undefined) return null;
      return openText(unwrapSubjectKey(erasureKey, toBuffer(row.wrapped_key), sealed.key), sealed.text, recordUid);
    },
  };
}

/**
 * Erases what this subject ever wrote, in the log, its exports and its backups: without the key nobody can read it.
 * Their later words get a new key. A backup of this table still holds the old key, wrapped: rotate those out.
 */
export async function eraseSubject(tx: Tx, subject: SubjectId): Promise<void> {
  // Deleting alone leaves the bytes in a free page of the file; writing others of the same length replaces them.
  const nothing = Buffer.alloc(WRAPPED_KEY_BYTES);
  await tx.updateTable('ledger_subject_keys').set({ wrapped_key: nothing }).where('subject', '=', subject).execute();
  await tx.deleteFrom('ledger_subject_keys').where('subject', '=', subject).execute();
}
