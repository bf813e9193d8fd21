// How many event streams one subject holds open, and until when. One more ends the oldest: a client that forgets its
// streams, or a hostile one, costs a bounded amount, and its newest stream always works.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type Reader = {
  readonly signal: AbortSignal;
  /** Ends the stream. */
  readonly end: () => void;
  /** When what its caller proved is over; null: never. */
  readonly untilMs: EpochMs | null;
};

export type OpenReaders = {
  /** Counts a stream until its signal aborts. */
  readonly add: (subject: SubjectId, reader: Reader) => void;
  /** Ends the streams whose time is over, and those of subjects who are gone. */
  readonly sweep: (nowMs: EpochMs, isGone: (subject: SubjectId) => boolean) => void;
};

export function createOpenReaders(most: number): OpenReaders {
  const bySubject = new Map<SubjectId, Set<Reader>>();
  return {
    add: (subject, reader) => {
      const open = bySubject.get(subject) ?? new Set();
      bySubject.set(subject, open.add(reader));
      reader.signal.addEventListener(
        'abort',
        () => {
          open.delete(reader);
          if (open.size === 0 && bySubject.get(subject) === open) bySubject.delete(subject);
        },
        { once: true },
      );
      const [oldest] = open;
      if (open.size > most) oldest?.end();
    },
    sweep: (nowMs, isGone) => {
      for (const [subject, open] of bySubject) {
        const gone = isGone(subject);
        for (const reader of open) if (gone || (reader.untilMs !== null && reader.untilMs <= nowMs)) reader.end();
      }
    },
  };
}
