// What a run works on: replicas that come and go, people with clients, and calls whose answers may never arrive.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerClient, Reply } from '#shared/client/broker-client.ts';
import type { Account } from '#test/support/oidc/accounts.ts';
import type { Replica } from '#test/support/team/replica.ts';
import type { Journal } from './journal.ts';
import type { Random } from './random.ts';

export type People = {
  readonly requesters: readonly Account[];
  readonly approvers: readonly Account[];
  readonly admin: Account;
};

export type TortureWorld = {
  readonly replicas: readonly [Replica, ...Replica[]];
  readonly people: People;
  /** The account's client at this replica, on a device of its own that is the same at all replicas. */
  readonly client: (account: Account, replica: Replica) => Promise<BrokerClient>;
};

export type Run = {
  readonly world: TortureWorld;
  readonly journal: Journal;
  readonly random: Random;
  /** No new flows begin; what has begun comes to its end. */
  stopping: boolean;
};

/** `unknown`: the call may have been done or not; whoever made it can only ask again. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown' };

/** Answers that say nothing about whether it was done, or that it may be tried again. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['internal', 'unavailable', 'rate_limited', 'busy']);

export async function attempt<T>(
  { world, journal, random }: Run,
  account: Account,
  work: (client: BrokerClient) => Reply<T>,
): Promise<Outcome<T>> {
  const replica = anyReplica(world, random);
  try {
    const result = await work(await world.client(account, replica));
    if (result.ok) {
      journal.answers += 1;
      return { kind: 'done', value: result.value };
    }
    const { code } = result.error;
    note(journal, code);
    if (!TRY_AGAIN.has(code)) return { kind: 'refused', code };
  } catch (error) {
    // The replica is down, or went down before its answer was whole.
    note(journal, `no answer: ${causeOf(error)}`);
  }
  journal.unknownOutcomes += 1;
  return { kind: 'unknown' };
}

/** Mostly one that is up, as a load balancer would choose; it may go down before it answers. */
function anyReplica({ replicas }: TortureWorld, random: Random): Replica {
  const [first, ...others] = replicas.filter((replica) => replica.isServing());
  return first === undefined || random.chance(0.1) ? random.pick(replicas) : random.pick([first, ...others]);
}

function note({ problems }: Journal, what: string): void {
  problems.set(what, (problems.get(what) ?? 0) + 1);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause ? String(cause.code) : cause.message.slice(0, 80);
}

/** Asks again, here or at another replica, until somebody knows. Gives `unknown` only after `limitMs`. */
export async function insist<T>(
  run: Run,
  account: Account,
  work: (client: BrokerClient) => Reply<T>,
  limitMs = 60_000,
): Promise<Outcome<T>> {
  const giveUpAtMs = Date.now() + limitMs;
  for (let tries = 0; ; tries += 1) {
    const outcome = await attempt(run, account, work);
    if (outcome.kind !== 'unknown' || Date.now() > giveUpAtMs) return outcome;
    await sleep(run.random.between(20, 60) * Math.min(tries + 1, 10));
  }
}
