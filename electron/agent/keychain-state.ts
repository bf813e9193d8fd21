// Whether the keychain can be used, as it was found the last time somebody tried it. One that cannot is looked at again
// by itself: the look brings up no prompt.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { KeychainState } from '#shared/contracts/desktop/state.ts';
import type { Keychain } from './keychain-port.ts';
import type { Timers } from './ports.ts';

export type KeychainWatch = {
  readonly state: () => KeychainState;
  readonly look: () => Promise<void>;
  readonly close: () => void;
};

type Options = {
  readonly keychain: Pick<Keychain, 'probe'>;
  readonly timers: Timers;
  readonly changed: () => void;
};

const AGAIN_MS = 5 * SECOND_MS;

export function watchKeychain({ keychain, timers, changed }: Options): KeychainWatch {
  let state: KeychainState = { kind: 'ready' };
  let closed = false;
  let cancel = (): void => undefined;
  async function look(): Promise<void> {
    cancel();
    const probed = await keychain.probe();
    if (closed) return;
    const now = probed.ok ? ({ kind: 'ready' } as const) : stateOf(probed.error);
    cancel();
    if (now.kind !== 'ready') cancel = timers.after(AGAIN_MS, () => void look());
    if (now.kind === state.kind) return;
    state = now;
    changed();
  }
  return {
    state: () => state,
    look,
    close: () => {
      closed = true;
      cancel();
    },
  };
}

function stateOf(problem: 'none' | 'locked' | 'too_large' | 'failed'): KeychainState {
  return problem === 'none' || problem === 'locked' ? { kind: problem } : { kind: 'failed', code: problem };
}
