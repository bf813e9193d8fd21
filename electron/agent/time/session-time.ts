// Tells whoever listens that the clock jumped, and takes the person's answer to it.
import type { TrustedTime } from './open-trusted-time.ts';

export type SessionTime = {
  readonly tell: () => void;
  readonly accept: (time: Pick<TrustedTime, 'acceptJump'>) => void;
  readonly port: { readonly subscribe: (listener: () => void) => () => void };
};

export function sessionTime(): SessionTime {
  const listeners = new Set<() => void>();
  const tellAll = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    tell: tellAll,
    accept: (time) => {
      time.acceptJump();
      tellAll();
    },
    port: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
