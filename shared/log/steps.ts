// The steps of a sequencer: what each covers, and from which head it goes on. One at a time.
import type { Head } from './head.ts';
import type { Db, LogStore } from './log-store.ts';
import type { Others } from './others.ts';
import { MAX_RECORDS_A_STEP, type Step } from './sequence-intake.ts';

export type SequencerParts<Tx extends Db> = {
  readonly store: LogStore<Tx>;
  readonly head: Head;
  /** Null when another program has the log in hand and nobody is in a hurry. */
  readonly step: (tx: Tx, head: Head, hurried: boolean) => Promise<Step | null>;
  /** Reads the head again: after an error nobody knows whether the commit happened. */
  readonly reload: () => Promise<Head>;
  /** Other programs that write to the same log; null when there are none. */
  readonly others: Others | null;
  /** Told of each failed attempt and of listeners that throw; the sequencer goes on by itself. */
  readonly onTrouble: (error: unknown) => void;
};

export type Steps = {
  readonly head: () => Head;
  /**
   * Gives a ticket. A step covers all tickets that were given before its transaction began: their events are committed
   * with it or before it, or rolled back, because transactions run one after another. Where others write too an event
   * gets its ticket only once it is committed.
   */
  readonly give: () => void;
  /** Gives a ticket to an event, which is found without looking. */
  readonly giveEvent: () => void;
  readonly newest: () => number;
  readonly covers: (ticket: number) => boolean;
  readonly allCovered: () => boolean;
  /** Takes one step. Gives how many events it took, or null when another program is at it. */
  readonly take: (hurried: () => boolean) => Promise<number | null>;
};

/** `onGrown` is told the last sequence number whenever there are more, whoever took the step. */
export function createSteps<Tx extends Db>(
  { store, head: first, step, reload, others }: SequencerParts<Tx>,
  onGrown: (lastSequence: number) => void,
): Steps {
  let head = first;
  let stale = false;
  // What an earlier run left in the intake counts as ticket 1.
  let given = 1;
  let covered = 0;
  /** Our own, that is known. What others left is found by looking. */
  let eventsWait = false;

  function goOnFrom(next: Head): void {
    const grown = next.frontier.size > head.frontier.size;
    head = next;
    if (grown) onGrown(head.frontier.size - 1);
  }

  async function isNothingToDo(): Promise<boolean> {
    if (others === null || eventsWait) return false;
    const ticket = given;
    const seen = await others.look(head);
    goOnFrom(seen.head);
    if (!seen.eventsWait) covered = ticket;
    return !seen.eventsWait;
  }

  async function takeOne(hurried: () => boolean): Promise<number | null> {
    if (await isNothingToDo()) return 0;
    // What others share is read again within each step.
    if (stale && others === null) head = await reload();
    stale = false;
    let ticket = covered;
    eventsWait = false;
    const done = await store.transaction(
      (tx) => {
        ticket = given;
        return step(tx, head, hurried());
      },
      { isolation: 'read committed' },
    );
    eventsWait ||= done === null || done.sequenced === MAX_RECORDS_A_STEP;
    if (done === null) return null;
    goOnFrom(done.head);
    if (done.sequenced < MAX_RECORDS_A_STEP) covered = ticket;
    return done.sequenced;
  }

  return {
    head: () => head,
    give: () => void (given += 1),
    giveEvent() {
      eventsWait = true;
      given += 1;
    },
    newest: () => given,
    covers: (ticket) => ticket <= covered,
    allCovered: () => covered >= given,
    async take(hurried) {
      try {
        return await takeOne(hurried);
      } catch (error) {
        // After an error nobody knows whether the commit happened.
        stale = true;
        eventsWait = true;
        throw error;
      }
    },
  };
}
