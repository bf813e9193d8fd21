// For a start that fails because the desktop's own records cannot be read: nobody knows any more which credential ends
// when, so none is left on this machine. It must not run beside another app that has the records.
import { StoreError } from '#shared/store/store-error.ts';
import type { Keychain } from './keychain-port.ts';
import type { Log } from './ports.ts';
import { createSecretHolder } from './vault/secret-holder.ts';

/** The records are whole, and whoever has them sees to the ends. */
const HELD_BY_ANOTHER: ReadonlySet<StoreError['code']> = new Set(['in_use', 'busy']);

/**
 * Opens with `open`. When that is refused with a StoreError, deletes this app's credentials from the keychain, each read
 * back, says in the log how it went, and throws what `open` threw. Never brings up a prompt.
 */
export async function openOrWipe<T>(open: () => Promise<T>, keychain: Keychain, log: Log): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StoreError && !HELD_BY_ANOTHER.has(error.code)) await wipeWithoutRecords(keychain, log);
    throw error;
  }
}

/** Deletes every credential in this keychain, each read back. Never brings up a prompt. */
export async function wipeWithoutRecords(keychain: Keychain, log: Log): Promise<void> {
  const holder = createSecretHolder(keychain);
  try {
    const usable = await keychain.probe();
    const found = usable.ok ? await holder.inKeychain() : usable;
    if (!found.ok) return log.info('vault.not_wiped_without_records', { problem: found.error });
    let failed = 0;
    for (const collectId of found.value) {
      const removed = await holder.remove(collectId, 'keychain');
      if (!removed.ok) failed += 1;
    }
    log.info('vault.wiped_without_records', { wiped: found.value.length - failed, failed });
  } catch (error) {
    log.trouble('vault.not_wiped_without_records', error);
  }
}
