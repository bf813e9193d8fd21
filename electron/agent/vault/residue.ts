// What a cut check-out may have left in the keychain under an intent that stands. Removed until it is surely gone.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { VaultDeps } from './vault-deps.ts';

const AGAIN_MS = 5 * SECOND_MS;

/** Removes what is kept of an intended copy, now or as soon as the keychain lets us. Whoever collects again clears it. */
export async function removeResidue(deps: VaultDeps, collectId: string): Promise<boolean> {
  await deps.holder.remove(collectId, 'memory');
  // Looking brings up no prompt; deleting from a locked keychain would, each time.
  const usable = await deps.keychain.probe();
  const removed = usable.ok ? await deps.holder.remove(collectId, 'keychain') : usable;
  if (removed.ok || removed.error === 'none') return removed.ok;
  deps.deadlines.set(`vault:residue:${collectId}`, deps.time.now() + AGAIN_MS, () => {
    if (deps.register.find(collectId)?.state === 'intended' && !deps.checkingOut.has(collectId))
      void removeResidue(deps, collectId);
  });
  return false;
}
