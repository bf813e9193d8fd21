// Hands a jump of the clock first to the log, then to whoever listens, and takes the person's answer to it.
import type { ClockJump } from './trusted-time.ts';
import type { TrustedTime } from './open-trusted-time.ts';

export type SessionTime = {
  readonly tell: (jump: ClockJump) => void;
  /** Who is told of a jump before anybody acts on it; also of one that came before. */
  readonly before: (record: (jump: ClockJump) => void) => void;
  readonly accept: (time: Pick<TrustedTime, 'acceptJump'>) => void;
  readonly port: { readonly subscribe: (listener: () => void) => () => void };
};

export function sessionTime(): SessionTime {
  const listeners = new Set<() => void>();
  const unrecorded: ClockJump[] = [];
  let record = (jump: ClockJump): void => void unrecorded.push(jump);
  const tellAll = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    tell: (jump) => {
      record(jump);
      tellAll();
    },
    before: (recorder) => {
      record = recorder;
      for (const jump of unrecorded.splice(0)) recorder(jump);
    },
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
