// The main job told in steps: ask, decide, approve, collect, use, release, expire, verify. Every step checks its result.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { CollectedView, RequestView } from '#shared/contracts/broker-api.ts';
import type { BrokerClient, Wish } from '#shared/client/broker-client.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { SoloBroker } from '../solo/solo-broker.ts';
import { callGateway, type GatewayAnswer } from './gateway-call.ts';
import { expect, must, type Steps } from './steps.ts';

export type StoryFigures = { readonly revokeLagMs: number; readonly ledgerRecords: number };

const PENGUINS: Wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
const MODEL: Wish = { resource: 'model:wink-english', actions: ['invoke'], purpose: 'evaluation', durationMs: HOUR_MS };
const PEOPLE: Wish = {
  resource: 'dataset:legislators',
  actions: ['read'],
  purpose: 'evaluation',
  justification: 'Count the members by party for the quarterly report',
  durationMs: HOUR_MS,
};
const MONEY: Wish = {
  resource: 'dataset:campaign-finance',
  actions: ['read'],
  purpose: 'evaluation',
  justification: 'Totals by party, no names needed',
  durationMs: 2 * HOUR_MS,
};
/** Long enough for a stalled machine to make one call in it. */
const SHORT_MS = 5 * SECOND_MS;

/** Plays the story on a running broker and leaves the ledger's export in `exportFolder`. Throws at the first step that fails. */
export async function playStory(broker: SoloBroker, steps: Steps, exportFolder: string): Promise<StoryFigures> {
  const ana = await broker.as('ana');
  const seen = await useWithPolicyAlone(steps, ana);
  const firstCheckpoint = await steps.step('keep a checkpoint of the ledger, as an auditor would', async (say) => {
    const checkpoint = must(await ana.checkpoint());
    say(`the log had ${checkpoint.split('\n')[1]} records; kept outside, to prove later that it only grew`);
    return checkpoint;
  });
  await useWithPeople(broker, steps, ana);
  const revokeLagMs = await release(steps, ana, seen);
  await expire(steps, ana);
  const ledgerRecords = await verify(broker, steps, exportFolder, firstCheckpoint);
  return { revokeLagMs, ledgerRecords };
}

async function useWithPolicyAlone({ step }: Steps, ana: BrokerClient): Promise<CollectedView> {
  await step('dry run: what would policy say?', async (say) => {
    const { decision } = must(await ana.dryRun(PENGUINS));
    expect(decision.outcome === 'approved', `expected approved, got ${decision.outcome}`);
    say(`Ana would read ${PENGUINS.resource} for an hour: ${decision.outcome}, nothing stored`);
  });
  const request = await step('request: policy approves at once', async (say) => {
    const asked = must(await ana.submit(PENGUINS, randomUUID()));
    expect(asked.state === 'approved', `expected approved, got ${asked.state}`);
    say(`${asked.resource.name}: ${asked.state}; facts are ${asked.decision.facts}, as this machine says of itself`);
    return asked;
  });
  const collected = await step('collect: the grant and its token', async (say) => {
    const grant = must(await ana.collect(request.id, randomUUID()));
    say(`until ${grant.grant.endsAt}; the token has ${grant.credential.secret.length} characters and is shown nowhere`);
    return grant;
  });
  await step('rows of a real dataset, through the gateway', async (say) => {
    const answer = await callGateway(collected, 'penguins.csv');
    expect(answer.status === 200, `the gateway answered ${answer.status}`);
    sayRows(say, answer);
  });
  await step('an answer of a real model, through the gateway', async (say) => {
    const asked = must(await ana.submit(MODEL, randomUUID()));
    const grant = must(await ana.collect(asked.id, randomUUID()));
    const text = 'Daypass gave Ana access at once. She was delighted!';
    const answer = await callGateway(grant, 'v1/analyse', { text });
    expect(answer.status === 200, `the gateway answered ${answer.status}`);
    say(`"${text}"`);
    say(answer.text.replaceAll(/\s+/g, ' ').slice(0, 160));
  });
  return collected;
}

async function useWithPeople(broker: SoloBroker, { step }: Steps, ana: BrokerClient): Promise<void> {
  const jo = await broker.as('jo');
  const sam = await broker.as('sam');
  await step('a dataset with personal columns: one approver, and a masked view', async (say) => {
    const asked = must(await ana.submit(PEOPLE, randomUUID()));
    expect(asked.state === 'pending', `expected pending, got ${asked.state}`);
    say(
      `${asked.resource.name} (${asked.resource.sensitivity}) needs ${asked.decision.needed?.count} approver; Jo is asked`,
    );
    await approve(jo, asked);
    const grant = must(await ana.collect(asked.id, randomUUID()));
    const answer = await callGateway(grant, 'legislators.csv');
    expect(answer.status === 200 && !answer.text.includes('Cantwell'), 'a name came through the mask');
    sayRows(say, answer);
  });
  await step('a request that is refused, with a counter-offer', async (say) => {
    const { decision } = must(await ana.submit({ ...PEOPLE, durationMs: 24 * HOUR_MS }, randomUUID()));
    expect(decision.outcome === 'denied' && decision.counterOffer !== null, 'expected a denial with a counter-offer');
    say(`24 hours: ${decision.outcome} (${decision.reasons.map((reason) => reason.title).join('; ')})`);
    say(`instead: ${decision.counterOffer.duration} would be ${decision.counterOffer.outcome}`);
  });
  await step('restricted data: two approvers, and one of them gives less', async (say) => {
    const asked = must(await ana.submit(MONEY, randomUUID()));
    say(`needs ${asked.decision.needed?.count} people, one of the owner team`);
    const narrowed = must(
      await sam.answer(asked.id, {
        answer: 'approve',
        scopeHash: asked.scopeHash,
        narrowTo: { durationMs: 30 * MINUTE_MS },
      }),
    );
    expect(narrowed.state === 'pending', `one of two answered, yet it is ${narrowed.state}`);
    say(`Sam approves ${narrowed.scope.duration} instead of ${narrowed.asked.duration}`);
    const approved = await approve(jo, must(await jo.request(asked.id)));
    say(`Jo, whose team owns it, approves that: ${approved.state}`);
    const { grant } = must(await ana.collect(asked.id, randomUUID()));
    const lengthMs = Date.parse(grant.endsAt) - Date.parse(grant.startsAt);
    expect(lengthMs === 30 * MINUTE_MS, `the grant lasts ${lengthMs} ms`);
    say(`the grant lasts what both approved, until ${grant.endsAt}`);
  });
}

async function approve(approver: BrokerClient, request: RequestView): Promise<RequestView> {
  const answered = must(await approver.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash }));
  expect(answered.state === 'approved', `expected approved, got ${answered.state}`);
  return answered;
}

async function release({ step }: Steps, ana: BrokerClient, collected: CollectedView): Promise<number> {
  return await step('done: released, and the gateway refuses', async (say) => {
    const askedAt = performance.now();
    const grant = must(await ana.release(collected.grant.id));
    const answer = await callGateway(collected, 'penguins.csv');
    const lagMs = Math.round((performance.now() - askedAt) * 10) / 10;
    expect(
      grant.state === 'ended' && answer.status === 401,
      `${grant.state}, and the gateway answered ${answer.status}`,
    );
    say(
      `refused with ${answer.status}, ${lagMs} ms after Ana said Done (the broker's own receipt: ${grant.receipt?.lagMs} ms)`,
    );
    return lagMs;
  });
}

async function expire({ step }: Steps, ana: BrokerClient): Promise<void> {
  await step('a short grant expires by itself', async (say) => {
    const asked = must(await ana.submit({ ...PENGUINS, durationMs: SHORT_MS }, randomUUID()));
    const collected = must(await ana.collect(asked.id, randomUUID()));
    const during = await callGateway(collected, 'penguins.csv');
    expect(during.status === 200, `before its end the gateway answered ${during.status}`);
    await sleep(SHORT_MS + 500);
    const after = await callGateway(collected, 'penguins.csv');
    const ended = must(await ana.grants()).grants.find((grant) => grant.id === collected.grant.id);
    expect(after.status === 401 && ended?.endReason === 'expired', `after its end: ${after.status}, ${ended?.state}`);
    say(
      `${SHORT_MS / SECOND_MS} s: ${during.status} before the end, ${after.status} after; receipt lag ${ended.receipt?.lagMs} ms`,
    );
  });
}

async function verify(broker: SoloBroker, { step }: Steps, folder: string, sinceCheckpoint: string): Promise<number> {
  return await step('the ledger, exported and verified', async (say) => {
    await broker.exportLedger(folder);
    const verified = await verifyExport({ folder, keyFingerprint: broker.ledgerKeyFingerprint, sinceCheckpoint });
    if (!verified.ok) throw new Error(`not verified: ${JSON.stringify(verified.error)}`);
    say(
      `${verified.value.verdict}: ${verified.value.records} records under one signed checkpoint, continuing the one kept before`,
    );
    say('self-attested: the owner of this machine holds its keys; a witness elsewhere would make it more');
    return verified.value.records;
  });
}

function sayRows(say: (line: string) => void, { text }: GatewayAnswer): void {
  const lines = text.trimEnd().split('\n');
  for (const line of lines.slice(0, 3)) say(line.slice(0, 140));
  say(`… ${lines.length - 1} rows`);
}
