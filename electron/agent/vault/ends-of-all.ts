// When everything was wiped at once. A check-out that began before does not go on, and while leaving none begins: what
// it is about to write nobody could see when everything was wiped.
import type { WipeReason } from './vault.ts';

export type EndsOfAll = {
  /** How often it was, so far. */
  readonly count: () => number;
  readonly leaving: () => boolean;
  readonly add: (reason: WipeReason) => void;
};

export function createEndsOfAll(): EndsOfAll {
  let count = 0;
  let leaving = false;
  return {
    count: () => count,
    leaving: () => leaving,
    add: (reason) => {
      count += 1;
      leaving ||= reason === 'quit';
    },
  };
}
