// Reads the broker's own four keys. Separate ones, so that a key that is lost opens one thing only.
import { timingSafeEqual } from 'node:crypto';
import type { Config, KeyName } from '#shared/contracts/config.ts';
import { SecretError, type Secrets } from './secrets.ts';

export type BrokerKeys = Readonly<Record<KeyName, Uint8Array>>;

/** Reads the four keys. Throws a SecretError, also when two of them are the same key. */
export async function readKeys(references: Config['keys'], secrets: Secrets): Promise<BrokerKeys> {
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
