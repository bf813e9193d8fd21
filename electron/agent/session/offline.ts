// Since when the broker, which should be there, does not answer the person who is shown.
import type { EpochMs } from '#shared/domain/time.ts';
import type { SessionDeps } from './session-deps.ts';

export function watchReachable(deps: SessionDeps): { readonly offlineSinceMs: () => EpochMs | null } {
  let sinceMs: EpochMs | null = null;
  return {
    // Asked whenever the state is built, and that is after each change of it.
    offlineSinceMs: () => {
      const gone = deps.host.state().kind === 'ready' && deps.shown()?.reachable() === false;
      if (!gone) sinceMs = null;
      else sinceMs ??= deps.time.now();
      return sinceMs;
    },
  };
}
