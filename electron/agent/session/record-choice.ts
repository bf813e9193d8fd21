// Puts on record who acts on this desktop from now on, once for each change, with the subject that the broker gave them.
import { inBackground } from './in-background.ts';
import type { Person } from './person.ts';
import type { SessionDeps } from './session-deps.ts';

type Deps = Pick<SessionDeps, 'kept' | 'outbox' | 'time' | 'log'>;

/** Gives what is to be called whenever the person who is shown was read from the broker. */
export function createChoiceRecorder({ kept, outbox, time, log }: Deps): (person: Person) => void {
  let writing: string | null = null;
  return ({ user, book }) => {
    const subject = book.me()?.subject;
    if (subject === undefined || writing === user || kept.value('recorded_user') === user) return;
    writing = user;
    const by = kept.value('user') === user ? 'person' : 'default';
    inBackground(log, 'record the choice of a person', async () => {
      try {
        await outbox.append({ kind: 'identity.chosen', atMs: time.now(), subject, user, by });
        await kept.setValue('recorded_user', user);
      } finally {
        // What could not be written is tried at the next reading.
        writing = null;
      }
    });
  };
}
