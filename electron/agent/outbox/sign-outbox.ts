// Gives the log its key without anything waiting for it: a log that cannot be opened keeps nobody from wiping. Records
// are taken in all the same; a log that was changed from outside is an alarm, everything else is tried again.
import type { LogSigner } from '#shared/audit/log-key.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { LogError } from '#shared/log/log-error.ts';
import type { Timers } from '../ports.ts';
import type { Outbox } from './outbox.ts';

export type Signing = {
  /** Never throws. Resolves when the log is signed with this key, or is known not to be for now. */
  readonly use: (signer: LogSigner) => Promise<void>;
  /** The log on disk is not what its own checkpoint says. */
  readonly damaged: () => boolean;
  readonly close: () => void;
};

type Options = {
  readonly outbox: Pick<Outbox, 'useKey'>;
  readonly timers: Timers;
  readonly onTrouble: (error: unknown) => void;
};

const AGAIN_MS = 10 * SECOND_MS;

export function createSigning({ outbox, timers, onTrouble }: Options): Signing {
  let damaged = false;
  let closed = false;
  let cancel = (): void => undefined;

  async function use(signer: LogSigner): Promise<void> {
    if (closed) return;
    try {
      await outbox.useKey(signer);
    } catch (error) {
      onTrouble(error);
      damaged = error instanceof LogError && error.code !== 'closed';
      if (!damaged && !closed) cancel = timers.after(AGAIN_MS, () => void use(signer));
    }
  }
  return {
    use,
    damaged: () => damaged,
    close: () => {
      closed = true;
      cancel();
    },
  };
}
