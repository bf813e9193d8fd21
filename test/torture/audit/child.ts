// What a process of an audit torture has besides its real parts: a clock that can be set, its journal, and a wire to
// the one that kills it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#shared/domain/time.ts';
import { createRandom } from '../random.ts';
import { openJournal } from './journal.ts';
import type { Order, ToldBroker, ToldDesktop, Word } from './told.ts';

export type Child<T> = {
  readonly told: T;
  readonly clock: Clock;
  readonly say: (word: Word) => void;
  /** Told of each order but those about the clock, which are carried out here. */
  readonly onOrder: (listener: (order: Exclude<Order, { kind: 'clock' }>) => void) => void;
};

/** Takes what it was told from the command line. Started only to be compiled (`warm`), it ends here. */
export function beChild<T extends ToldBroker | ToldDesktop>(): Child<T> {
  const [argument = ''] = process.argv.slice(2);
  if (argument === 'warm') process.exit(0);
  // Only the one that kills writes this command line.
  const told = JSON.parse(argument) as T;
  let { clockMs } = told;
  let listener: Parameters<Child<T>['onOrder']>[0] = () => undefined;
  process.on('message', (order: Order) => {
    if (order.kind === 'clock') ({ clockMs } = order);
    else listener(order);
  });
  // Nobody is there any more to kill it.
  process.on('disconnect', () => process.exit(1));
  return {
    told,
    clock: { now: () => Date.now() + clockMs },
    say: (word) => void process.send?.(word, undefined, undefined, () => undefined),
    onOrder: (next) => {
      listener = next;
    },
  };
}

/** So many transactions of a life come one upon the other: the rest is for who waits long to be killed. */
const QUICK_TRANSACTIONS = 5;
const SLOW_MS = 120;

/** Writes numbered records without end, a few at a time, each journaled before and after it is committed. */
export async function writeOn(
  { told, say }: Child<ToldBroker | ToldDesktop>,
  longestPauseMs: number,
  commit: (numbers: readonly number[]) => Promise<void>,
): Promise<void> {
  const random = createRandom(told.seed);
  const journal = openJournal(told.journal);
  let first = told.firstNumber;
  for (let written = 0; ; written += 1) {
    const numbers = Array.from({ length: random.between(1, 4) }, (_, index) => first + index);
    journal.write('begun', numbers);
    await commit(numbers);
    journal.write('committed', numbers);
    say({ kind: 'committed' });
    first += numbers.length;
    if (written > QUICK_TRANSACTIONS) await sleep(SLOW_MS);
    else if (random.chance(0.3)) await sleep(random.between(0, longestPauseMs));
  }
}
