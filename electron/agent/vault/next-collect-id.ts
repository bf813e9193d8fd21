// The collect id of the next check-out, drawn beforehand: making a keychain's item ready takes longer than writing it,
// and must not be waited for by a person. An id means nothing until an intent with it is written.
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SecretHolder } from './secret-holder.ts';

export type NextCollectId = {
  readonly take: () => string;
  /** Draws the next one, after whatever this turn of the event loop has to tell, and has the keychain ready for it. */
  readonly prepare: () => Promise<void>;
};

export function createNextCollectId(holder: Pick<SecretHolder, 'prepare'>): NextCollectId {
  let next: string | null = null;
  return {
    take: () => {
      const taken = next ?? draw();
      next = null;
      return taken;
    },
    prepare: async () => {
      if (next !== null) return;
      next = draw();
      const drawn = next;
      await nextTurn();
      // Taken meanwhile: whoever has it makes its item by using it.
      if (next === drawn) await holder.prepare(drawn);
    },
  };
}

function draw(): string {
  return randomBytes(16).toString('base64url');
}
