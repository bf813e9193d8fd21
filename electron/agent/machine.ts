// What the machine went through, and what has to be looked at after it. Deadlines first: nothing overdue is shown.
import { assertNever } from '#shared/domain/result.ts';
import type { WatchedCopies } from './grants/watch-copies.ts';
import type { KeychainWatch } from './keychain-state.ts';
import type { Session } from './session/session.ts';
import type { SessionDeps } from './session/session-deps.ts';

export type MachineEvent = 'suspend' | 'resume' | 'clock_changed' | 'lock' | 'unlock';

type Parts = {
  readonly deps: SessionDeps;
  readonly session: Session;
  readonly copies: WatchedCopies;
  readonly keychain: KeychainWatch;
};

export async function onMachine({ deps, session, copies, keychain }: Parts, event: MachineEvent): Promise<void> {
  deps.changed();
  switch (event) {
    case 'suspend':
      return;
    case 'lock':
      if (deps.settings.state().values.wipeOnLock) await copies.wipeAll('locked');
      return;
    case 'resume':
    case 'clock_changed':
    case 'unlock':
      await deps.vault.recheck();
      deps.deadlines.recheck();
      if (event === 'resume') session.wake();
      else session.rereadAll();
      await keychain.look();
      return;
    default:
      assertNever(event);
  }
}
