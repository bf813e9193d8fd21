// Reads and changes the rows of the signing keys, each change with its ledger record in the same transaction.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { KeyTimes } from './key-ring.ts';
import type { KeyStep } from './key-schedule.ts';
import { makeKeyPair, openSealedKey, sealKey, type KeyPair } from './sealed-key.ts';

export type StoredKey = KeyTimes & KeyPair;

export type KeyWriting = {
  readonly tx: Tx;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly wrappingKey: Uint8Array;
  readonly nowMs: EpochMs;
  readonly actor: SubjectId | 'broker';
};

/** Every key, opened. Throws when one cannot be opened: a start without it would refuse good tokens. */
export async function readKeys(reader: Reader, wrappingKey: Uint8Array): Promise<readonly StoredKey[]> {
  const rows = await reader.selectFrom('signing_keys').selectAll().orderBy('published_at_ms').execute();
  return rows.map((row) => ({
    ...openSealedKey(row.id, row.sealed, wrappingKey),
    publishedAtMs: Number(row.published_at_ms),
    usedFromMs: Number(row.used_from_ms),
    retiredFromMs: row.retired_from_ms === null ? null : Number(row.retired_from_ms),
  }));
}

export async function takeStep(step: KeyStep, writing: KeyWriting): Promise<void> {
  if (step.step === 'publish') await publishKey(step.usedFromMs, writing);
  else if (step.step === 'remove') await removeKey(step.keyId, writing);
  else await destroyPrivate(step.keyId, writing);
}

/** Makes a key; those before it sign until it is used. Gives its id. */
export async function publishKey(
  usedFromMs: EpochMs,
  { tx, ledger, wrappingKey, nowMs, actor }: KeyWriting,
): Promise<string> {
  const pair = makeKeyPair();
  await tx
    .updateTable('signing_keys')
    .set({ retired_from_ms: usedFromMs })
    .where('retired_from_ms', 'is', null)
    .execute();
  await tx
    .insertInto('signing_keys')
    .values({
      id: pair.keyId,
      sealed: sealKey(pair, wrappingKey),
      published_at_ms: nowMs,
      used_from_ms: usedFromMs,
      retired_from_ms: null,
    })
    .execute();
  pair.seed?.fill(0);
  await ledger.append(tx, { ...event(nowMs, actor), kind: 'key.published', data: { keyId: pair.keyId, usedFromMs } });
  return pair.keyId;
}

/** What signs no more needs no private key: a later thief of database and wrapping key finds none. */
async function destroyPrivate(keyId: string, { tx, wrappingKey }: KeyWriting): Promise<void> {
  const row = await tx.selectFrom('signing_keys').select('sealed').where('id', '=', keyId).executeTakeFirst();
  if (row === undefined) return;
  const pair = openSealedKey(keyId, row.sealed, wrappingKey);
  pair.seed?.fill(0);
  const sealed = sealKey({ ...pair, seed: null }, wrappingKey);
  await tx.updateTable('signing_keys').set({ sealed }).where('id', '=', keyId).execute();
}

async function removeKey(keyId: string, { tx, ledger, nowMs, actor }: KeyWriting): Promise<void> {
  const { numDeletedRows } = await tx.deleteFrom('signing_keys').where('id', '=', keyId).executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return;
  await ledger.append(tx, { ...event(nowMs, actor), kind: 'key.retired', data: { keyId } });
}

function event(atMs: EpochMs, actor: SubjectId | 'broker') {
  return { atMs, actor, subject: null, resource: null, requestId: null, grantId: null, outcome: 'success' } as const;
}
