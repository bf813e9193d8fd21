// Whether the keychain can be used, as it was found the last time somebody tried it.
import type { KeychainState } from '#shared/contracts/desktop/state.ts';
import type { Keychain } from './keychain-port.ts';

export type KeychainWatch = { readonly state: () => KeychainState; readonly look: () => Promise<void> };

export function watchKeychain(keychain: Pick<Keychain, 'probe'>, changed: () => void): KeychainWatch {
  let state: KeychainState = { kind: 'ready' };
  return {
    state: () => state,
    look: async () => {
      const probed = await keychain.probe();
      const now = probed.ok ? ({ kind: 'ready' } as const) : stateOf(probed.error);
      if (now.kind === state.kind) return;
      state = now;
      changed();
    },
  };
}

function stateOf(problem: 'none' | 'locked' | 'too_large' | 'failed'): KeychainState {
  return problem === 'none' || problem === 'locked' ? { kind: problem } : { kind: 'failed', code: problem };
}
