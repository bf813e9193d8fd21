// Ends that were ordered and are not yet on record. They live in memory only: nothing of such a grant may go live
// again, and the deadlines try each until it is written. A process that dies first forgets them.
import type { EndReason } from '#shared/domain/grant.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type Ending = {
  readonly grantId: string;
  readonly reason: EndReason;
  readonly actor: SubjectId | 'broker';
  /** When the end was due or asked for: the receipt's lag counts from here. */
  readonly dueAtMs: EpochMs;
  /** What the person who revoked it wrote: its holder reads it, and it is on record. */
  readonly words?: { readonly of: SubjectId; readonly text: { readonly reason: string } };
};

export type UnwrittenEnds = {
  /** Keeps an ending and gives the one that counts: a grant's first is not replaced by a later one. */
  readonly keep: (ending: Ending) => Ending;
  readonly written: (grantId: string) => void;
  readonly has: (grantId: string) => boolean;
  readonly all: () => readonly Ending[];
};

export function createUnwrittenEnds(): UnwrittenEnds {
  const endings = new Map<string, Ending>();
  return {
    keep: (ending) => {
      const first = endings.get(ending.grantId) ?? ending;
      endings.set(ending.grantId, first);
      return first;
    },
    written: (grantId) => void endings.delete(grantId),
    has: (grantId) => endings.has(grantId),
    all: () => [...endings.values()],
  };
}

/** The credential is dead in memory; the record of its grant's end could not be written and is tried again. */
export class EndNotOnRecordError extends Error {
  override readonly name = 'EndNotOnRecordError';
}
