// What befalls a team at work: replicas killed at any moment, a database that is away, or nothing but the crowd.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '#test/support/team/replica.ts';
import type { Journal } from './journal.ts';
import type { Disturb } from './play.ts';
import type { Run } from './world.ts';

/**
 * How many answers people get before the next kill: counted, not timed, so that a slow machine is tortured as a fast
 * one. Some replicas die in their first call, some in the middle of many.
 */
const MOST_ANSWERS = 18;
const LONGEST_LIFE_MS = 10_000;
/** How many of the kills come at a random point of a start. */
const IN_ITS_START = 0.2;
const LONGEST_START_MS = 1200;

/** Kills a replica -9, this many times in all, each while people use it and sometimes during its start. */
export function kills(wanted: number, onKill: (done: number) => void = () => {}): Disturb {
  return async (run) => {
    let begun = 0;
    let done = 0;
    const kill = async (replica: Replica): Promise<void> => {
      await replica.kill();
      done += 1;
      onKill(done);
    };
    const oneReplica = async (replica: Replica): Promise<void> => {
      while (begun < wanted) {
        begun += 1;
        await live(run);
        await kill(replica);
        if (begun < wanted && run.random.chance(IN_ITS_START)) {
          begun += 1;
          const started = replica.start().catch(() => undefined);
          await sleep(run.random.between(0, LONGEST_START_MS));
          await kill(replica);
          await started;
        }
        await replica.start();
      }
    };
    await Promise.all(run.world.replicas.map(oneReplica));
    return done;
  };
}

/** Until so many answers came; sometimes the kill comes between two. */
async function live({ random, journal }: Run): Promise<void> {
  const wanted = journal.answers + random.between(0, MOST_ANSWERS);
  const giveUpAtMs = Date.now() + LONGEST_LIFE_MS;
  while (journal.answers < wanted && Date.now() < giveUpAtMs) await sleep(5);
  await sleep(random.between(0, 40));
}

const LONGEST_AFTERWARDS_MS = 120_000;

/**
 * Then people work on undisturbed until enough came of the run: on a busy machine too little may have come through for
 * its findings to say anything.
 */
export function untilEnough(disturb: Disturb, isEnough: (journal: Journal) => boolean): Disturb {
  return async (run) => {
    const disturbances = await disturb(run);
    const giveUpAtMs = Date.now() + LONGEST_AFTERWARDS_MS;
    while (!isEnough(run.journal) && Date.now() < giveUpAtMs) await sleep(50);
    return disturbances;
  };
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
