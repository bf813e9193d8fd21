// What befalls a team at work: replicas killed at any moment, a database that is away, or nothing but the crowd.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '#test/support/team/replica.ts';
import type { Disturb } from './play.ts';
import type { Run } from './world.ts';

/**
 * How many answers people get before the next kill: counted, not timed, so that a slow machine is tortured as a fast
 * one. Some replicas die in their first call, some in the middle of many.
 */
const MOST_ANSWERS = 40;
const LONGEST_LIFE_MS = 10_000;

/** Kills a replica -9, this many times in all, each while people use it and sometimes during its start. */
export function kills(wanted: number, onKill: (done: number) => void = () => {}): Disturb {
  return async (run) => {
    let begun = 0;
    let done = 0;
    const oneReplica = async (replica: Replica): Promise<void> => {
      while (begun < wanted) {
        begun += 1;
        await killOnce(run, replica);
        done += 1;
        onKill(done);
        await replica.start();
      }
    };
    await Promise.all(run.world.replicas.map(oneReplica));
    return done;
  };
}

async function killOnce({ random, journal }: Run, replica: Replica): Promise<void> {
  const wanted = journal.answers + random.between(0, MOST_ANSWERS);
  const giveUpAtMs = Date.now() + LONGEST_LIFE_MS;
  while (journal.answers < wanted && Date.now() < giveUpAtMs) await sleep(5);
  // Between two answers too.
  await sleep(random.between(0, 40));
  await replica.kill();
  if (!random.chance(0.1)) return;
  // Once more, at a random point of its start.
  const started = replica.start().catch(() => undefined);
  await sleep(random.between(0, 1500));
  await replica.kill();
  await started;
}

/** Nothing but so much time with everybody at work. */
export function crowd(forMs: number): Disturb {
  return async () => {
    await sleep(forMs);
    return 0;
  };
}

/** The database goes away for so long while people work, and comes back. */
export function outage(
  database: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> },
  forMs: number,
): Disturb {
  return async () => {
    await sleep(2000);
    await database.stop();
    await sleep(forMs);
    await database.start();
    await sleep(4000);
    return 1;
  };
}
