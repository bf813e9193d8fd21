// An intent that leads nowhere: nothing is kept of it, and that is checked before it is said.
import type { Result } from '#shared/domain/result.ts';
import type { KeychainProblem } from '../keychain-port.ts';
import type { VaultDeps } from './vault-deps.ts';

/**
 * Ends an intended copy. Where the keychain cannot be looked at, the intent stands and its problem is given; a keychain
 * that is not there at all holds nothing.
 */
export async function abandon(
  deps: VaultDeps,
  collectId: string,
  code: string,
): Promise<Result<null, KeychainProblem>> {
  await deps.holder.remove(collectId, 'memory');
  const removed = await deps.holder.remove(collectId, 'keychain');
  if (!removed.ok && removed.error !== 'none') return removed;
  await deps.register.change(collectId, {
    move: 'abandon',
    patch: { overAtMs: deps.time.now() },
    facts: [{ kind: 'copy.abandoned', data: { collectId, code } }],
  });
  return { ok: true, value: null };
}
