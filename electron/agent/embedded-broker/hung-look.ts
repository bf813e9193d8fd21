// Looks whether the embedded broker still answers, when a person asks: a thread that hangs says nothing of itself.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { EmbeddedBroker } from '#shared/port/embedded-broker.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';

type Hangs = Pick<EmbeddedBroker, 'fetch' | 'people' | 'end'>;

/** Ends one that hangs: `ending` before, `ended` when it is gone. One look at a time; one that answers is left alone. */
export type HungLook = (broker: Hangs, ending: () => void, ended: () => void) => void;

/** Longer than any answer takes, also on a machine that is busy. */
const ANSWER_MS = 15 * SECOND_MS;

export function createHungLook(log: Log, timers: Timers): HungLook {
  let looking = false;

  async function look(broker: Hangs, ending: () => void, ended: () => void): Promise<void> {
    try {
      if (await answers(broker, timers)) return;
      log.trouble('broker hangs', null);
      ending();
      await broker.end();
      ended();
    } finally {
      looking = false;
    }
  }

  return (broker, ending, ended) => {
    if (looking) return;
    looking = true;
    inBackground(log, 'end a broker that hangs', async () => await look(broker, ending, ended));
  };
}

/** Whatever it says is an answer, and one that stopped hangs no more. */
async function answers(broker: Hangs, timers: Timers): Promise<boolean> {
  const call = broker.fetch(new Request('http://broker.daypass.internal/v1/me'), broker.people[0]?.user ?? '');
  return await new Promise((resolve) => {
    const cancel = timers.after(ANSWER_MS, () => resolve(false));
    const answered = (): void => {
      cancel();
      resolve(true);
    };
    call.then(answered, answered);
  });
}
