// Two people agree to what weakens a guard, erases words or releases a legal hold: administrators, or owners of what it is about. Never one
// human twice under any account, each with a fresh sign-in. One who does not agree ends it.
import { z } from 'zod';
import { isOwner } from '#broker/access/extension.ts';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import type { ConfigurationRefused, Reloaded } from '#broker/config/configuration.ts';
import { addAnswer, answersTo, closeChange, PEOPLE_NEEDED, type Proposer } from '#broker/config/held-changes.ts';
import type { ChangeAnswerRow, HeldChangeRow } from '#broker/config/tables.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { AnsweredChange } from '#shared/contracts/oversight-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { erasePerson } from './erase.ts';
import { freshSignInFault } from './fresh-sign-in.ts';
import { releaseAgreed } from './release-hold.ts';
import type { ChangeDeps } from './scope.ts';

export type Reload = (actor: Principal | null) => Promise<Result<Reloaded, ConfigurationRefused>>;
export type SeenChange = { readonly change: HeldChangeRow; readonly answers: readonly ChangeAnswerRow[] };

/** Who proposes by asking for a reload, if their own word may count: an administrator who signed in a moment ago. */
export function proposerOf(deps: ChangeDeps, actor: Principal | null): Proposer | undefined {
  if (actor === null || !actor.admin || actor.kind !== 'person') return undefined;
  return freshSignInFault(deps, actor) === null ? { subject: actor.subject, person: actor.person } : undefined;
}

/** Whether this principal may see and answer the change. */
export function mayAgree(deps: ChangeDeps, principal: Principal, change: HeldChangeRow): boolean {
  if (principal.kind !== 'person') return false;
  if (principal.admin) return true;
  if (change.resources === null) return false;
  const { resource } = deps.snapshot();
  return z
    .array(z.string())
    .min(1)
    .parse(JSON.parse(change.resources))
    .every((id) => isOwner(principal, resource(id)?.owners ?? []));
}

/** Whether an answer of this principal would count: once a human, and never about their own words. */
export function isTheirs(principal: Principal, { change, answers }: SeenChange): boolean {
  return change.person !== principal.person && !answers.some(({ person }) => person === principal.person);
}

/** The changes that wait, as far as they are this principal's to agree to, oldest first. */
export async function waitingChanges(deps: ChangeDeps, principal: Principal): Promise<readonly SeenChange[]> {
  const { read } = deps.store;
  const rows = await read
    .selectFrom('held_changes')
    .selectAll()
    .where('state', '=', 'waiting')
    .orderBy('proposed_at_ms')
    .execute();
  const mine = rows.filter((change) => mayAgree(deps, principal, change));
  return await Promise.all(mine.map((change) => seenChange(read, change)));
}

export async function seenChange(db: Reader, change: HeldChangeRow): Promise<SeenChange> {
  return { change, answers: await answersTo(db, change.id) };
}

export async function findChange(db: Reader, id: string): Promise<HeldChangeRow | undefined> {
  return await db.selectFrom('held_changes').selectAll().where('id', '=', id).executeTakeFirst();
}

type Answering = {
  readonly principal: Principal;
  readonly changeId: string;
  readonly agree: boolean;
  readonly reason: string;
};

/**
 * Records one answer. With the second person an erasure is done, and a configuration comes into force if the files are
 * still exactly those that were agreed to; else as soon as they are.
 */
export async function answerChange(
  deps: ChangeDeps,
  reload: Reload,
  answering: Answering,
): Promise<Result<AnsweredChange, AccessRefusal>> {
  const answered = await deps.store.transaction(async (tx) => await answerOnce(deps, tx, answering));
  if (!answered.ok || answered.value.state !== 'agreed') return answered;
  await reload(null);
  const change = await findChange(deps.store.read, answering.changeId);
  return ok({ id: answering.changeId, state: change?.state === 'applied' ? 'applied' : 'agreed' });
}

async function answerOnce(
  deps: ChangeDeps,
  tx: Tx,
  { principal, changeId, agree, reason }: Answering,
): Promise<Result<AnsweredChange, AccessRefusal>> {
  const change = await findChange(tx, changeId);
  if (change === undefined || !mayAgree(deps, principal, change))
    return refuse('not_found', 'There is no such change.');
  // Only now: what is not theirs to see does not ask anybody to sign in.
  const stale = freshSignInFault(deps, principal);
  if (stale !== null) return stale;
  const seen = await seenChange(tx, change);
  const mine = seen.answers.find(({ person }) => person === principal.person);
  if (mine !== undefined && (mine.agree === 1) === agree) return ok({ id: changeId, state: change.state });
  if (change.state !== 'waiting') return refuse('state_conflict', `The change is ${change.state}.`);
  // Whoever agreed may think better of it; nobody agrees to what they refused, since that ended it.
  if (mine !== undefined && agree) return refuse('already_answered', 'You have answered this change already.');
  if (mine === undefined && !isTheirs(principal, seen))
    return refuse('forbidden', 'Nobody agrees to a change that is about their own data.');
  const nowMs = deps.clock.now();
  const last = agree && seen.answers.filter((answer) => answer.agree === 1).length + 1 >= PEOPLE_NEEDED;
  if (last && change.kind === 'erasure') {
    // First: what a hold keeps from being erased takes no answer either, so the change waits as it did.
    const agreedBy = 'two_people';
    const erased = await erasePerson(deps, tx, { person: change.person ?? '', change: changeId, agreedBy });
    if (!erased.ok) return erased;
  }
  if (mine === undefined) await addAnswer(tx, changeId, principal, agree, nowMs);
  await record(deps, tx, { principal, kind: 'change.answered', data: { change: changeId, agree }, reason });
  if (!agree) return await close(deps, tx, { principal, changeId, state: 'rejected' });
  if (!last) return ok({ id: changeId, state: 'waiting' });
  if (change.kind !== 'erasure' && change.kind !== 'hold_release')
    return await close(deps, tx, { principal, changeId, state: 'agreed' });
  if (change.kind === 'hold_release') await releaseAgreed(deps, tx, change);
  await closeChange(tx, changeId, 'applied', nowMs);
  return ok({ id: changeId, state: 'applied' });
}

type Closing = {
  readonly principal: Principal;
  readonly changeId: string;
  readonly state: 'agreed' | 'rejected';
};

async function close(
  deps: ChangeDeps,
  tx: Tx,
  { principal, changeId, state }: Closing,
): Promise<Result<AnsweredChange, AccessRefusal>> {
  await closeChange(tx, changeId, state, deps.clock.now());
  await record(deps, tx, { principal, kind: 'change.closed', data: { change: changeId, state }, reason: '' });
  return ok({ id: changeId, state });
}

type Recorded =
  | { readonly kind: 'change.answered'; readonly data: { readonly change: string; readonly agree: boolean } }
  | {
      readonly kind: 'change.closed';
      readonly data: { readonly change: string; readonly state: 'agreed' | 'rejected' };
    };

async function record(
  { ledger, clock }: ChangeDeps,
  tx: Tx,
  { principal, reason, ...what }: Recorded & { readonly principal: Principal; readonly reason: string },
): Promise<void> {
  await ledger.append(tx, {
    ...what,
    atMs: clock.now(),
    actor: principal.subject,
    subject: null,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    ...(reason === '' ? {} : { personal: { subject: principal.subject, text: { reason } } }),
  });
}
