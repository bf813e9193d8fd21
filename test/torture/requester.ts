// A person who wants access, over and over: asks, waits, collects, uses it past its end, gives it back or lets it run out.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wish } from '#shared/client/broker-client.ts';
import type { CollectedView, RequestView } from '#shared/contracts/broker-api.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { Account } from '#test/support/oidc/accounts.ts';
import { useToken, type Held } from './use-token.ts';
import { insist, type Run } from './world.ts';

/** With how many people it takes by the example's policies, and a file of it. */
type Dataset = { readonly resource: string; readonly file: string };
const DATASETS: readonly [Dataset, ...Dataset[]] = [
  { resource: 'dataset:penguins', file: 'penguins.csv' },
  { resource: 'dataset:legislators', file: 'legislators.csv' },
  { resource: 'dataset:campaign-finance', file: 'candidates-2015.csv' },
];

const PATIENCE_MS = 8000;

export async function requester(run: Run, account: Account): Promise<void> {
  while (!run.stopping) {
    await oneAccess(run, account);
    await sleep(run.random.between(0, 150));
  }
}

async function oneAccess(run: Run, account: Account): Promise<void> {
  const dataset = run.random.pick(DATASETS);
  const request = await submit(run, account, dataset);
  if (request === null) return;
  const answered = request.state === 'pending' ? await waitForAnswer(run, account, request.id) : request.state;
  if (answered !== 'approved') return;
  // Some are never collected: they end by themselves or by somebody else.
  if (run.random.chance(0.05)) return;
  const collected = await collect(run, account, request.id);
  if (collected !== null) await useAndEnd(run, account, { collected, file: dataset.file });
}

async function submit(run: Run, account: Account, { resource }: Dataset): Promise<RequestView | null> {
  const { journal, random } = run;
  const key = randomUUID();
  const wish: Wish = {
    resource,
    actions: ['read'],
    purpose: 'evaluation',
    justification: 'To see that nothing is lost.',
    durationMs: random.between(2, 6) * SECOND_MS,
  };
  const outcome = await insist(run, account, (client) => client.submit(wish, key));
  if (outcome.kind !== 'done') return null;
  journal.submitted.set(key, outcome.value.id);
  if (!random.chance(0.2)) return outcome.value;
  // As after an answer that never came: it is one and the same request.
  const again = await insist(run, account, (client) => client.submit(wish, key));
  if (again.kind === 'done' && again.value.id !== outcome.value.id)
    journal.doubled.push(`key ${key} gave ${outcome.value.id} and ${again.value.id}`);
  return outcome.value;
}

async function waitForAnswer(run: Run, account: Account, id: string): Promise<RequestView['state']> {
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  for (;;) {
    await sleep(run.random.between(50, 250));
    const outcome = await insist(run, account, (client) => client.request(id));
    if (outcome.kind === 'done' && outcome.value.state !== 'pending') return outcome.value.state;
    if (Date.now() < giveUpAtMs && !run.stopping && !run.random.chance(0.01)) continue;
    const withdrawn = await insist(run, account, (client) => client.withdraw(id));
    if (withdrawn.kind === 'done') {
      run.journal.withdrawn.add(id);
      return withdrawn.value.state;
    }
  }
}

async function collect(run: Run, account: Account, id: string): Promise<CollectedView | null> {
  const { journal, random } = run;
  const collectId = randomUUID();
  let outcome = await insist(run, account, (client) => client.collect(id, collectId));
  if (outcome.kind === 'done' && random.chance(0.2)) {
    const first = outcome.value.grant.id;
    // Its answer was lost on the way: the same attempt gives the same grant, with another credential.
    outcome = await insist(run, account, (client) => client.collect(id, collectId));
    if (outcome.kind === 'done' && outcome.value.grant.id !== first)
      journal.doubled.push(`collect ${collectId} gave ${first} and ${outcome.value.grant.id}`);
    else if (outcome.kind !== 'done') tellGrant(run, id, collectId, first, Infinity);
  }
  if (outcome.kind !== 'done') return null;
  const { grant, credential } = outcome.value;
  tellGrant(run, id, collectId, grant.id, Date.parse(grant.endsAt));
  if (Date.parse(credential.expiresAt) > Date.parse(grant.endsAt))
    journal.outlived.push(`credential ${credential.id} expires after its grant`);
  return outcome.value;
}

function tellGrant({ journal }: Run, requestId: string, collectId: string, grantId: string, endsAtMs: number): void {
  journal.collected.push({ requestId, collectId, grantId, endsAtMs });
}

async function useAndEnd(run: Run, account: Account, held: Held): Promise<void> {
  const { random, journal } = run;
  const { grant } = held.collected;
  for (let uses = random.between(0, 3); uses > 0; uses -= 1) {
    await useToken(run, held);
    await sleep(random.between(0, 300));
  }
  if (random.chance(0.5)) {
    const released = await insist(run, account, (client) => client.release(grant.id));
    if (released.kind === 'done') journal.ended.add(grant.id);
  } else {
    await sleep(Math.max(0, Date.parse(grant.endsAt) - Date.now()));
  }
  // Once by chance, and once at each: a replica that did not hear of the end is what a run is to find.
  for (const replica of run.world.replicas) await useToken(run, held, replica);
}
