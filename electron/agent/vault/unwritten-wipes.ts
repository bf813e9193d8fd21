// Wipes that are under way or whose record could not be written yet. In memory only: nothing of such a copy is used
// again, and it counts as being wiped whatever its row still says. A process that dies first is reconstructed at start.
import type { EpochMs } from '#shared/domain/time.ts';
import type { WipeReason } from './vault.ts';

export type UnwrittenWipe = {
  readonly reason: WipeReason;
  readonly dueAtMs: EpochMs;
  /** When the check found it gone; the record is what is missing. */
  readonly goneAtMs: EpochMs | null;
};

export type UnwrittenWipes = {
  /** The first reason and due time count. */
  readonly keep: (collectId: string, wipe: UnwrittenWipe) => UnwrittenWipe;
  readonly gone: (collectId: string, atMs: EpochMs) => void;
  /** Counts one more try of it; gives how many there were. */
  readonly tried: (collectId: string) => number;
  readonly has: (collectId: string) => boolean;
  readonly find: (collectId: string) => UnwrittenWipe | undefined;
  readonly written: (collectId: string) => void;
};

export function createUnwrittenWipes(): UnwrittenWipes {
  const wipes = new Map<string, UnwrittenWipe>();
  const tries = new Map<string, number>();
  return {
    keep: (collectId, wipe) => {
      const first = wipes.get(collectId) ?? wipe;
      wipes.set(collectId, first);
      return first;
    },
    gone: (collectId, atMs) => {
      const wipe = wipes.get(collectId);
      if (wipe !== undefined && wipe.goneAtMs === null) wipes.set(collectId, { ...wipe, goneAtMs: atMs });
    },
    tried: (collectId) => {
      const now = (tries.get(collectId) ?? 0) + 1;
      tries.set(collectId, now);
      return now;
    },
    has: (collectId) => wipes.has(collectId),
    find: (collectId) => wipes.get(collectId),
    written: (collectId) => {
      wipes.delete(collectId);
      tries.delete(collectId);
    },
  };
}
