// One act of an audit torture: every process lives and dies as planned, beside the others; the last life of each ends
// with that of all others, as when the power goes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerMember, Desktop, Member } from './cast.ts';
import type { Network } from './network.ts';
import type { Act, End, Life } from './plan.ts';
import type { SinkReceiver } from './sink-receiver.ts';

type AnyMember = BrokerMember | Desktop;

export type Cast = {
  readonly broker: BrokerMember;
  readonly desktops: readonly Desktop[];
  readonly network: Network;
  readonly receiver: SinkReceiver;
};

/** On a machine where nothing goes on, a process is killed all the same. */
const LONGEST_LIFE_MS = 10_000;
/** How much the last life of each process gets done before the power goes. */
const LAST = { commits: 3, calls: 4 } as const;

/** Everybody is dead before and after it. */
export async function playAct({ broker, desktops, network }: Cast, act: Act): Promise<void> {
  const watch = (member: AnyMember): Watch => ({
    member,
    name: member.kind === 'broker' ? null : member.name,
    network,
  });
  const lanes = [
    playLives(watch(broker), act.broker),
    ...desktops.map(async (desktop, index) => await playLives(watch(desktop), act.desktops[index] ?? [])),
  ];
  await Promise.all(lanes);
  await Promise.all([broker, ...desktops].map(async ({ kill }) => await kill()));
}

type Watch = { readonly member: AnyMember; readonly name: string | null; readonly network: Network };

/** Leaves the last life running, when it has got something done. */
async function playLives(watch: Watch, lives: readonly Life[]): Promise<void> {
  const { member } = watch;
  for (const [index, life] of lives.entries()) {
    const isLast = index === lives.length - 1;
    if (life.losesKey && member.kind === 'desktop') member.loseKey();
    const victim = member.start(life);
    const ended = isLast ? theLast(watch) : theEnd(watch, life.end);
    if (life.setToMs !== null && (await victim.ready) !== null) victim.order({ kind: 'clock', clockMs: life.setToMs });
    await ended;
    if (!isLast) await member.kill();
  }
}

async function theEnd({ member, name, network }: Watch, { after, count, thenMs }: End): Promise<void> {
  const victim = member.victim();
  if (after === 'commits') await happened(count, (tell) => onCommit(victim, tell));
  if (after === 'calls') await happened(count, (tell) => onCall(network, name, tell));
  await sleep(thenMs);
}

async function theLast({ member, name, network }: Watch): Promise<void> {
  const victim = member.victim();
  await Promise.all([
    happened(LAST.commits, (tell) => onCommit(victim, tell)),
    // A disk that is put back later must be behind what the broker has.
    name === null
      ? happened(LAST.calls, (tell) => onCall(network, name, tell))
      : happened(1, (tell) => onCall(network, name, tell, 'taken')),
  ]);
}

type Subscribe = (tell: () => void) => () => void;

function onCommit(victim: ReturnType<Member['victim']>, tell: () => void): () => void {
  let listens = true;
  victim.hear(({ kind }) => {
    if (listens && kind === 'committed') tell();
  });
  return () => {
    listens = false;
  };
}

function onCall(network: Network, name: string | null, tell: () => void, wanted: 'came' | 'taken' = 'came') {
  return network.watch((whose, what) => {
    if (whose === name && what === wanted) tell();
  });
}

async function happened(count: number, subscribe: Subscribe): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const stop = subscribe(() => {
    left -= 1;
    if (left <= 0) resolve();
  });
  const timer = setTimeout(resolve, LONGEST_LIFE_MS);
  await promise;
  clearTimeout(timer);
  stop();
}
