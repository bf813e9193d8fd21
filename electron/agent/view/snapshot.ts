// The state as last built: rebuilt when something changed and somebody asks; listeners are told once a turn.
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type Snapshot = {
  readonly get: () => DesktopState;
  readonly changed: () => void;
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => void;
};

export function createSnapshot(build: () => DesktopState, now: () => EpochMs): Snapshot {
  const listeners = new Set<() => void>();
  let built: DesktopState | null = null;
  let told = true;
  let closed = false;
  return {
    // Only the time moves by itself; what depends on it changes at a deadline, and deadlines say so.
    get: () => (built === null ? (built = build()) : { ...built, nowMs: now() }),
    changed: () => {
      built = null;
      if (!told || closed) return;
      told = false;
      setImmediate(() => {
        told = true;
        if (closed) return;
        for (const listener of listeners) listener();
      });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closed = true;
      listeners.clear();
    },
  };
}
