// One run: people at work while somebody disturbs them, then rest until everything that can end has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerStore } from '#broker/store.ts';
import { administrator, approver } from './approver.ts';
import { createJournal, type Journal } from './journal.ts';
import { createRandom } from './random.ts';
import { requester } from './requester.ts';
import type { Run, TortureWorld } from './world.ts';

export type Played = { readonly journal: Journal; readonly disturbances: number };

/** Disturbs until it is done; gives how often it did. People work meanwhile, and at least `leastMs`. */
export type Disturb = (run: Run) => Promise<number>;

export async function play(world: TortureWorld, seed: number, disturb: Disturb): Promise<Played> {
  const run: Run = { world, journal: createJournal(), random: createRandom(seed), stopping: false };
  const { requesters, approvers, admin } = world.people;
  const flows = [
    ...requesters.map(async (account) => await requester(run, account)),
    ...approvers.map(async (account) => await approver(run, account)),
    administrator(run, admin),
  ];
  const work = Promise.all(flows);
  try {
    const disturbances = await Promise.race([disturb(run), work.then(() => Promise.reject(new Error('all left')))]);
    run.stopping = true;
    await work;
    return { journal: run.journal, disturbances };
  } finally {
    run.stopping = true;
  }
}

const REST_LIMIT_MS = 60_000;

/** Waits until no grant is on its way to an end any more, with every replica running. */
export async function rest({ read }: BrokerStore): Promise<void> {
  const giveUpAtMs = Date.now() + REST_LIMIT_MS;
  while (Date.now() < giveUpAtMs) {
    const open = await read.selectFrom('grants').select('id').where('state', '!=', 'ended').limit(1).execute();
    const waiting = await read.selectFrom('ledger_intake').select('id').limit(1).execute();
    if (open.length === 0 && waiting.length === 0) return;
    await sleep(100);
  }
}
