// Notes on disk that the access of a copy is over here, in the order in which it happened, and has the broker told.
import { inBackground } from '../session/in-background.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy, WipeReason } from '../vault/vault.ts';
import type { Releaser } from './release.ts';

export type EndNotes = {
  /** `release`: the broker does not know it yet. */
  readonly over: (copy: LocalCopy, reason: WipeReason, release: boolean) => void;
  /** Resolves when all of it is on disk. */
  readonly noted: () => Promise<void>;
};

export function createEndNotes({ kept, log }: SessionDeps, releaser: Releaser): EndNotes {
  let last: Promise<void> = Promise.resolve();

  async function note(copy: LocalCopy, release: boolean): Promise<void> {
    const checkout = kept.checkout(copy.requestId);
    if (checkout === undefined) return;
    if (!release && checkout.state !== 'releasing') await kept.dropCheckout(copy.requestId);
    else if (checkout.state !== 'releasing')
      await releaser.due({ ...checkout, grant_id: copy.issued?.grantId ?? checkout.grant_id });
  }

  async function after(earlier: Promise<void>, copy: LocalCopy, reason: WipeReason, release: boolean): Promise<void> {
    await earlier;
    try {
      await note(copy, release);
    } catch (error) {
      log.trouble(`note the end of access: ${reason}`, error);
    }
  }

  return {
    over: (copy, reason, release) => {
      const noted = after(last, copy, reason, release);
      last = noted;
      inBackground(log, 'release', async () => {
        await noted;
        await releaser.send();
      });
    },
    noted: async () => await last,
  };
}
