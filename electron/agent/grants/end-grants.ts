// *Done*, *End everything now*, and the exchange of an old credential for the one that extends it: deleted here first,
// then released at the broker.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { keychainProblem, problemOf } from '../problem-words.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy, WipeReason } from '../vault/vault.ts';
import type { Releaser } from './release.ts';
import type { WatchedCopies } from './watch-copies.ts';

export type EndGrants = {
  readonly done: (copy: LocalCopy) => Promise<Result<null, CommandProblem>>;
  readonly everything: () => Promise<{ readonly ended: number; readonly failed: number }>;
  /** As above, for a sign-out; a broker that does not answer holds it up for seconds, and is told later. */
  readonly forSignOut: () => Promise<void>;
  readonly retryWipe: (copy: LocalCopy) => Promise<Result<null, CommandProblem>>;
  /** The extension is stored: the credential that it extends goes. */
  readonly replaced: (extension: LocalCopy) => Promise<void>;
  /** At the start: what an earlier run was told to end, and was cut before it deleted anything. */
  readonly finish: () => Promise<void>;
};

const TOLD_MS = 5 * SECOND_MS;

export function createEndGrants(deps: SessionDeps, copies: WatchedCopies, releaser: Releaser): EndGrants {
  const { vault, kept } = deps;

  /** The release is noted before the delete: whatever happens in between, the broker will learn of it. */
  async function end(copy: LocalCopy, reason: WipeReason): Promise<Result<null, CommandProblem>> {
    const checkout = kept.checkout(copy.requestId);
    if (checkout !== undefined && checkout.state !== 'releasing')
      await releaser.due({ ...checkout, grant_id: copy.issued?.grantId ?? checkout.grant_id });
    const wiped = await copies.wipe(copy, reason, deps.time.now());
    copies.look();
    await releaser.send();
    return wiped.ok ? ok(null) : err(keychainProblem(wiped.error));
  }

  async function noteAll(): Promise<void> {
    for (const copy of vault.copies()) {
      const checkout = kept.checkout(copy.requestId);
      if (checkout !== undefined && checkout.state !== 'releasing')
        await releaser.due({ ...checkout, grant_id: copy.issued?.grantId ?? checkout.grant_id });
    }
  }

  return {
    done: async (copy) => {
      if (copy.state === 'missing') {
        // Nothing is here to delete; the copy is put away, and so is the access.
        return await end(copy, 'released');
      }
      return copy.state === 'stored' || copy.state === 'wipe_failed'
        ? await end(copy, 'released')
        : err(problemOf('not_active'));
    },
    everything: async () => {
      await noteAll();
      const { wiped, failed } = await copies.wipeAll('released');
      copies.look();
      await releaser.send();
      return { ended: wiped, failed };
    },
    forSignOut: async () => {
      await noteAll();
      await copies.wipeAll('signed_out');
      copies.look();
      const { timers } = deps;
      await Promise.race([releaser.send(), new Promise<void>((resolve) => void timers.after(TOLD_MS, resolve))]);
    },
    retryWipe: async (copy) => {
      const wiped = await vault.wipe(copy.collectId, copy.wipe?.reason ?? 'released');
      copies.look();
      return wiped.ok ? ok(null) : err(keychainProblem(wiped.error));
    },
    replaced: async (extension) => {
      const extended = extension.issued?.extendsGrant ?? null;
      if (extended === null) return;
      const old = vault.copies().find((copy) => copy.issued?.grantId === extended && copy.user === extension.user);
      // A wipe that fails is tried again by the vault and shows; the new access stands either way.
      if (old !== undefined) await end(old, 'replaced');
    },
    finish: async () => {
      const over = vault
        .copies()
        .filter(({ state, requestId }) => state === 'stored' && kept.checkout(requestId)?.state === 'releasing');
      await Promise.all(over.map(async (copy) => await copies.wipe(copy, 'released')));
    },
  };
}
