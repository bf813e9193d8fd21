// How the person stands, as it changes: moved by events alone, and whoever listens is told.
import { ok, type Result } from '#shared/domain/result.ts';
import { moveSignIn, type SignInEvent, type SignInRefused, type Standing } from './sign-in-state.ts';

export type StandingBox = {
  readonly now: () => Standing;
  readonly judge: (event: SignInEvent) => Result<Standing, SignInRefused>;
  readonly move: (event: SignInEvent) => Result<null, SignInRefused>;
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => void;
};

export function openStanding(first: Standing): StandingBox {
  const listeners = new Set<() => void>();
  let standing = first;
  const judge = (event: SignInEvent): Result<Standing, SignInRefused> => moveSignIn(standing, event);
  return {
    now: () => standing,
    judge,
    move: (event) => {
      const moved = judge(event);
      if (!moved.ok) return moved;
      standing = moved.value;
      for (const listener of listeners) listener();
      return ok(null);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => listeners.clear(),
  };
}
