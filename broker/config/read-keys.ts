// Reads the broker's own four keys. Separate ones, so that a key that is lost opens one thing only.
import { timingSafeEqual } from 'node:crypto';
import type { KeyName } from '#shared/contracts/config.ts';
import { SecretError, type Secrets } from './secrets.ts';

export type BrokerKeys = Readonly<Record<KeyName, Uint8Array>>;

/** Reads the four keys. Throws a SecretError, also when two of them are the same key. */
export async function readKeys(references: Readonly<Record<KeyName, string>>, secrets: Secrets): Promise<BrokerKeys> {
  const keys: BrokerKeys = {
    tokenWrapping: await secrets.readKey(references.tokenWrapping),
    ledger: await secrets.readKey(references.ledger),
    keyedHash: await secrets.readKey(references.keyedHash),
    erasure: await secrets.readKey(references.erasure),
  };
  const names = ['tokenWrapping', 'ledger', 'keyedHash', 'erasure'] as const;
  for (const [index, name] of names.entries()) {
    const twin = names.slice(0, index).find((other) => timingSafeEqual(keys[other], keys[name]));
    if (twin !== undefined)
      throw new SecretError('not_a_key', references[name], `is the same key as ${references[twin]}`);
  }
  return keys;
}

/**
 * Reads the keys that the ledger may still be signed with, as far as they are kept: where one is needed and gone, the
 * ledger says so. Throws a SecretError, also for one that is a key in use.
 */
export async function readPreviousKeys(
  references: readonly string[],
  keys: BrokerKeys,
  secrets: Secrets,
): Promise<readonly Uint8Array[]> {
  const kept: Uint8Array[] = [];
  for (const reference of references) {
    const key = await readIfKept(reference, secrets);
    // A change of keys that was stopped in the middle leaves the same key under both names.
    if (key === null || timingSafeEqual(key, keys.ledger)) continue;
    if ([...Object.values(keys), ...kept].some((other) => timingSafeEqual(other, key)))
      throw new SecretError('not_a_key', reference, 'is the same key as another one');
    kept.push(key);
  }
  return kept;
}

async function readIfKept(reference: string, secrets: Secrets): Promise<Uint8Array | null> {
  try {
    return await secrets.readKey(reference);
  } catch (error) {
    if (error instanceof SecretError && error.code === 'not_found') return null;
    throw error;
  }
}
