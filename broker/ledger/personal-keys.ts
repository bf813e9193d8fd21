// The keys of what people wrote: one for each subject and span of time, made at their first words in it, used only here,
// destroyed to erase, or when their time is up.
import type { SubjectId } from '#shared/domain/identity.ts';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
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

/** Words are forgotten by whole spans: those of one have one key. */
export const WORDS_SPAN_MS = 30 * DAY_MS;

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

  async function findKey(tx: Tx, subject: SubjectId, fromMs: EpochMs): Promise<{ id: string; key: Buffer } | null> {
    const known = await tx
      .selectFrom('ledger_word_keys')
      .select(['id', 'wrapped_key'])
      .where('subject', '=', subject)
      .where('from_ms', '=', fromMs)
      .executeTakeFirst();
    if (known === undefined) return null;
    return { id: known.id, key: unwrapSubjectKey(erasureKey, toBuffer(known.wrapped_key), known.id) };
  }

  async function keyOf(tx: Tx, subject: SubjectId, nowMs: EpochMs): Promise<{ id: string; key: Buffer }> {
    const fromMs = Math.floor(nowMs / WORDS_SPAN_MS) * WORDS_SPAN_MS;
    const known = await findKey(tx, subject, fromMs);
    if (known !== null) return known;
    await refuseErased(tx, subject);
    const id = newId('key');
    const { key, wrapped } = newSubjectKey(erasureKey, id);
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('ledger_word_keys')
      .values({ id, subject, from_ms: fromMs, wrapped_key: wrapped })
      .onConflict((conflict) => conflict.columns(['subject', 'from_ms']).doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return { id, key };
    const theirs = await findKey(tx, subject, fromMs);
    if (theirs === null) throw new Error('the key of a subject came and went within one transaction');
    return theirs;
  }

  return {
    async seal(tx, subject, text, recordUid, nowMs) {
      const { id, key } = await keyOf(tx, subject, nowMs);
      return { key: id, subject, text: sealText(key, text, recordUid) };
    },
    async open(db, sealed, recordUid) {
      const row = (await keyOfId(db, 'ledger_word_keys', sealed.key)) ?? (await keyOfId(db, OLD_KEYS, sealed.key));
      if (row === null) return null;
      return openText(unwrapSubjectKey(erasureKey, toBuffer(row.wrapped_key), sealed.key), sealed.text, recordUid);
    },
  };
}

/** Their call began before the erasure and is done after it. Nobody would ever erase those words. */
export class ErasedAuthorError extends Error {
  override readonly name = 'ErasedAuthorError';

  constructor() {
    super('whoever wrote this was erased meanwhile');
  }
}

/** Every key went with the erasure, so whoever writes on needs a new one and comes by here. */
async function refuseErased(tx: Tx, subject: SubjectId): Promise<void> {
  const row = await tx
    .selectFrom('erased_subjects')
    .select('subject')
    .where('subject', '=', subject)
    .executeTakeFirst();
  if (row !== undefined) throw new ErasedAuthorError();
}

const OLD_KEYS = 'ledger_subject_keys';
type KeyTable = 'ledger_word_keys' | typeof OLD_KEYS;

async function keyOfId(db: Reader, table: KeyTable, id: string) {
  return (await db.selectFrom(table).select('wrapped_key').where('id', '=', id).executeTakeFirst()) ?? null;
}

/**
 * Erases what this subject ever wrote, in the log, its exports and its backups: without the key nobody can read it.
 * Later words of theirs are refused (`ErasedAuthorError`). A backup of this table still holds the old key, wrapped: rotate those out.
 */
export async function eraseSubject(tx: Tx, subject: SubjectId): Promise<void> {
  // Deleting alone leaves the bytes in a free page of the file; writing others of the same length replaces them.
  for (const table of ['ledger_word_keys', OLD_KEYS] as const) {
    await tx.updateTable(table).set({ wrapped_key: NOTHING }).where('subject', '=', subject).execute();
    await tx.deleteFrom(table).where('subject', '=', subject).execute();
  }
}

/**
 * Destroys the keys of spans that ended before this moment, but those of whose data is held. Gives how many. Keys of a
 * time before keys had a span stay: they open newer words too.
 */
export async function destroyOldKeys(tx: Tx, beforeMs: EpochMs, held: readonly SubjectId[]): Promise<number> {
  const old = await tx
    .selectFrom('ledger_word_keys')
    .select(['id', 'subject'])
    .where('from_ms', '<=', beforeMs - WORDS_SPAN_MS)
    .execute();
  const ids = old.filter(({ subject }) => !held.includes(subject)).map(({ id }) => id);
  for (const id of ids) {
    await tx.updateTable('ledger_word_keys').set({ wrapped_key: NOTHING }).where('id', '=', id).execute();
    await tx.deleteFrom('ledger_word_keys').where('id', '=', id).execute();
  }
  return ids.length;
}

const NOTHING = Buffer.alloc(WRAPPED_KEY_BYTES);
