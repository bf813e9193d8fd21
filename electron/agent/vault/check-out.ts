// Approved becomes held: intent and record in one transaction, collect, keychain, stored. Cut at any point, it goes on
// with the same collect id or leaves nothing. The secret passes through here once and is kept in no variable after.
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { abandon } from './abandon.ts';
import type { Issued, VaultCopy } from './copy-row.ts';
import { removeResidue } from './residue.ts';
import type { HeldIn } from './secret-holder.ts';
import { signedAtMs } from './signed-at.ts';
import type { VaultDeps } from './vault-deps.ts';
import type { CheckOut, CheckOutRefused } from './vault.ts';

type CheckedOut = Result<VaultCopy, CheckOutRefused>;

/** One check-out of a request at a time: who asks again meanwhile waits for the same one. */
export function createCheckOut(deps: VaultDeps): (order: CheckOut) => Promise<CheckedOut> {
  const running = new Map<string, Promise<CheckedOut>>();
  return (order) => {
    const known = running.get(order.requestId);
    if (known !== undefined) return known;
    const mine = checkOut(deps, order).finally(() => {
      running.delete(order.requestId);
      void deps.nextCollectId.prepare();
    });
    running.set(order.requestId, mine);
    return mine;
  };
}

async function checkOut(deps: VaultDeps, order: CheckOut): Promise<CheckedOut> {
  if (deps.endsOfAll.leaving()) return err({ code: 'interrupted' });
  const ends = deps.endsOfAll.count();
  const standing = deps.register
    .all()
    .find((copy) => copy.requestId === order.requestId && (copy.state === 'intended' || copy.state === 'stored'));
  if (standing?.state === 'stored') return ok(standing);
  const heldIn = await whereToHold(deps, order.allowMemory);
  if (!heldIn.ok) return heldIn;
  const intended = standing === undefined ? await intend(deps, order, heldIn.value) : ok(standing);
  if (!intended.ok) return err({ code: 'not_recorded' });
  const { collectId } = intended.value;
  // Everything was wiped while the keychain's prompt was up, or before the intent could be seen: nothing follows it.
  if (deps.endsOfAll.count() !== ends) {
    await abandon(deps, collectId, 'wiped_meanwhile');
    return err({ code: 'interrupted' });
  }
  deps.checkingOut.add(collectId);
  try {
    const collected = await collect(deps, order, intended.value, standing !== undefined);
    return collected.ok ? await hold(deps, collectId, heldIn.value, collected.value) : collected;
  } finally {
    deps.checkingOut.delete(collectId);
  }
}

/** Asked before the broker is: the clock of a grant starts when it is collected. */
async function whereToHold(deps: VaultDeps, allowMemory: boolean): Promise<Result<HeldIn, CheckOutRefused>> {
  // Its prompt may come up: the person is here and wants this.
  const ready = await deps.keychain.ready();
  if (ready.ok) return ok('keychain');
  return allowMemory && ready.error !== 'locked' ? ok('memory') : err({ code: 'keychain', problem: ready.error });
}

async function intend(deps: VaultDeps, order: CheckOut, heldIn: HeldIn): Promise<Result<VaultCopy, 'not_recorded'>> {
  return await deps.register.intend({
    collectId: deps.nextCollectId.take(),
    version: 1,
    state: 'intended',
    heldIn,
    requestId: order.requestId,
    user: order.user,
    subject: order.subject,
    resource: order.resource,
    intendedAtMs: deps.time.now(),
    issued: null,
    wipe: null,
    wipeAttempts: 0,
    overAtMs: null,
  });
}

async function collect(
  deps: VaultDeps,
  order: CheckOut,
  { collectId }: VaultCopy,
  again: boolean,
): Promise<Result<CollectedView, CheckOutRefused>> {
  let answer: Result<CollectedView, Problem>;
  try {
    answer = await order.client.collect(order.requestId, collectId);
  } catch {
    // What was thrown may hold the answer, and the answer a secret: nothing of it is logged.
    deps.log.info('vault.collect_interrupted', { collectId });
    return err({ code: 'interrupted' });
  }
  if (answer.ok) return answer;
  if (leavesItOpen(answer.error, again)) {
    deps.log.info('vault.collect_unanswered', { collectId, code: answer.error.code });
    return err(
      again && answer.error.status < 500 ? { code: 'refused', problem: answer.error } : { code: 'interrupted' },
    );
  }
  await abandon(deps, collectId, answer.error.code);
  return err({ code: 'refused', problem: answer.error });
}

/** Whether a grant may stand behind the intent in spite of this answer. */
function leavesItOpen({ status, code }: Problem, again: boolean): boolean {
  if (status >= 500) return true;
  // An earlier attempt may have collected; only what says that nothing is or will be there ends the intent.
  return again && !['not_found', 'state_conflict', 'collect_conflict', 'denied_by_policy'].includes(code);
}

async function hold(
  deps: VaultDeps,
  collectId: string,
  heldIn: HeldIn,
  { grant, credential }: CollectedView,
): Promise<CheckedOut> {
  const issued = readIssued(grant, credential);
  const signedMs = signedAtMs(credential.secret);
  const bytes = Buffer.from(credential.secret, 'utf8');
  // Believed at once; that it is written down as well need not be waited for before the keychain is.
  const anchored = signedMs === null ? null : anchor(deps, signedMs);
  // A wipe may have come between: then nothing may be kept. From this look on the keychain's own order decides.
  if (deps.register.find(collectId)?.state !== 'intended' || deps.unwritten.has(collectId)) {
    bytes.fill(0);
    await anchored;
    return err({ code: 'interrupted' });
  }
  const [put] = await Promise.all([deps.holder.put(collectId, heldIn, bytes), anchored]);
  if (!put.ok) {
    await removeResidue(deps, collectId);
    return err({ code: 'keychain', problem: put.error });
  }
  const stored = await deps.register.change(collectId, {
    move: 'store',
    patch: { issued, heldIn },
    facts: [{ kind: 'copy.stored', data: { collectId, credential: issued.credentialId, endsAtMs: issued.endsAtMs } }],
  });
  if (!stored.ok) {
    await removeResidue(deps, collectId);
    return err({ code: 'interrupted' });
  }
  return ok(stored.value);
}

async function anchor({ time, log }: VaultDeps, signedMs: number): Promise<void> {
  try {
    await time.anchor(signedMs);
  } catch (error) {
    log.trouble('vault.not_anchored', error);
  }
}

function readIssued(grant: CollectedView['grant'], credential: CollectedView['credential']): Issued {
  const expiresAtMs = Date.parse(credential.expiresAt);
  const endsAtMs = Math.min(Date.parse(grant.endsAt), expiresAtMs);
  if (!Number.isFinite(endsAtMs)) throw new Error('the broker named no end');
  return {
    grantId: grant.id,
    credentialId: credential.id,
    actions: grant.actions,
    startsAtMs: Date.parse(grant.startsAt),
    endsAtMs,
    url: credential.url,
    target: credential.kind === 'postgres_login' ? credential.target : null,
    extendsGrant: grant.extends,
    endsWithOperation: grant.endsWith === 'operation',
    expiresAtMs,
  };
}
