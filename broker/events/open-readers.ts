// How many event streams one subject holds open. One more ends the oldest: a client that forgets its streams, or a
// hostile one, costs a bounded amount, and its newest stream always works.
import type { SubjectId } from '#shared/domain/identity.ts';

export type OpenReaders = {
  /** Counts a stream until the signal aborts; `end` is called when it has to make room. */
  readonly add: (subject: SubjectId, stream: { readonly signal: AbortSignal; readonly end: () => void }) => void;
};

export function createOpenReaders(most: number): OpenReaders {
  const bySubject = new Map<SubjectId, Set<() => void>>();
  return {
    add: (subject, { signal, end }) => {
      const open = bySubject.get(subject) ?? new Set();
      bySubject.set(subject, open.add(end));
      signal.addEventListener(
        'abort',
        () => {
          open.delete(end);
          if (open.size === 0 && bySubject.get(subject) === open) bySubject.delete(subject);
        },
        { once: true },
      );
      const [oldest] = open;
      if (open.size > most) oldest?.();
    },
  };
}
