// What the broker's configuration names as `keychain:NAME`, read for a broker that has no keychain of its own.
import type { Keychain } from './keychain-port.ts';

const PREFIX = 'secret:';

/**
 * The text under a name, null when there is none. Throws when the keychain could not be asked: nobody may take that
 * for "none".
 */
export async function readSecret(keychain: Keychain, name: string): Promise<string | null> {
  const read = await keychain.get(PREFIX + name);
  if (!read.ok) throw new Error(`the keychain could not be asked: ${read.error}`);
  if (read.value === null) return null;
  const text = new TextDecoder().decode(read.value);
  read.value.fill(0);
  return text;
}
