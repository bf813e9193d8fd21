// Somebody who answers requests, in a hurry and not alone: approves, approves less, rejects, sometimes ends what runs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '#shared/client/broker-client.ts';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { Account } from '#test/support/oidc/accounts.ts';
import { attempt, insist, type Run } from './world.ts';

export async function approver(run: Run, account: Account): Promise<void> {
  while (!run.stopping) {
    const waiting = await attempt(run, account, (client) => client.requests({ role: 'approver', state: 'pending' }));
    const [first, ...others] = waiting.kind === 'done' ? waiting.value.requests : [];
    if (first !== undefined) await answerOne(run, account, run.random.pick([first, ...others]));
    await sleep(run.random.between(20, 200));
  }
}

async function answerOne(run: Run, account: Account, { id, scopeHash }: RequestView): Promise<void> {
  const answer: Answer = { ...chosen(run), scopeHash };
  const outcome = await insist(run, account, (client) => client.answer(id, answer));
  if (outcome.kind === 'done')
    run.journal.answered.push({ requestId: id, login: account.login, answer: answer.answer });
}

function chosen({ random }: Run): Omit<Answer, 'scopeHash'> {
  if (random.chance(0.08)) return { answer: 'reject', reason: 'Not in this run.' };
  if (random.chance(0.1)) return { answer: 'approve', narrowTo: { durationMs: 2 * SECOND_MS } };
  return { answer: 'approve' };
}

/** An administrator: ends what somebody holds, and keeps the checkpoints that the ledger gives out. */
export async function administrator(run: Run, account: Account): Promise<void> {
  const { journal, random } = run;
  while (!run.stopping) {
    const note = await attempt(run, account, (client) => client.checkpoint());
    if (note.kind === 'done') journal.checkpoints.add(note.value);
    const held = await attempt(run, account, (client) => client.grants({ of: 'revocable', state: 'active' }));
    const [first, ...others] = held.kind === 'done' ? held.value.grants : [];
    if (first !== undefined && random.chance(0.3)) {
      const grant = random.pick([first, ...others]);
      const ended = await insist(run, account, (client) => client.revoke(grant.id, 'The run wants it.'));
      if (ended.kind === 'done') journal.ended.add(grant.id);
    }
    await sleep(random.between(100, 500));
  }
}
