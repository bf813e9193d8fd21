// Carries out a recorded end: revoke at the issuer, probe from the resource's side, write the receipt.
// What fails is a state that everybody sees, and is tried again for ever.
import type { EndReceipt } from '#shared/domain/grant.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import type { AccessDeps } from './access-deps.ts';
import { recordGrant } from './records.ts';
import { changeGrant, findGrant, onFreshRows, unrevokedCredentials } from './rows.ts';
import type { CredentialRow, GrantRow } from './tables.ts';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = MINUTE_MS;
/** A revoke whose outcome is not on record by then is taken up again: the record may have failed, not the revoke. */
export const REVOKE_PATIENCE_MS = 30 * SECOND_MS;

/** Other replicas have two seconds to cut what runs there: they ask after half a second when they heard nothing. */
const QUIET_LOOKS = 40;
const QUIET_LOOK_MS = 50;

type Outcome = { readonly done: true; readonly revokedAtMs: number } | { readonly done: false; readonly code: string };

/** Takes a grant in `revoking` or `revoke_failed` to `ended`, or to `revoke_failed` with the time of the next try. */
export async function finishEnd(deps: AccessDeps, grantId: string): Promise<GrantRow | null> {
  const grant = await onFreshRows(() => retry(deps, grantId));
  if (grant === null || grant.state !== 'revoking') return grant;
  return await carryOut(deps, grantId);
}

/** The same when the time for the next try has come: in every replica at once, and one of them does it. */
export async function finishEndOnce(deps: AccessDeps, grantId: string): Promise<void> {
  if (await onFreshRows(() => takeTurn(deps, grantId))) await carryOut(deps, grantId);
}

async function carryOut(deps: AccessDeps, grantId: string): Promise<GrantRow | null> {
  const credentials = await unrevokedCredentials(deps.store.read, grantId);
  const outcome = await revokeAll(deps, grantId, credentials);
  const row = await onFreshRows(() =>
    outcome.done ? markEnded(deps, grantId, credentials, outcome.revokedAtMs) : markFailed(deps, grantId, outcome.code),
  );
  deps.deadlinesChanged();
  return row;
}

async function retry(deps: AccessDeps, grantId: string): Promise<GrantRow | null> {
  return await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, grantId);
    if (row === undefined) return null;
    if (row.state !== 'revoke_failed') return row;
    return await changeGrant(tx, row, 'retry_revoke', { retry_at_ms: deps.clock.now() + REVOKE_PATIENCE_MS });
  });
}

/** Whether it is this call's turn: the next one comes when this one's patience is over. */
async function takeTurn(deps: AccessDeps, grantId: string): Promise<boolean> {
  return await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, grantId);
    const isDue = row?.retry_at_ms !== null && row !== undefined && row.retry_at_ms <= deps.clock.now();
    if (!isDue || (row.state !== 'revoking' && row.state !== 'revoke_failed')) return false;
    const move = row.state === 'revoke_failed' ? 'retry_revoke' : null;
    await changeGrant(tx, row, move, { retry_at_ms: deps.clock.now() + REVOKE_PATIENCE_MS });
    return true;
  });
}

async function revokeAll(deps: AccessDeps, grantId: string, credentials: readonly CredentialRow[]): Promise<Outcome> {
  try {
    for (const credential of credentials) {
      deps.live.remove(credential.id);
      await issuerOf(deps, credential).revoke(credential.id);
    }
    const revokedAtMs = deps.clock.now();
    for (const credential of credentials) {
      if ((await issuerOf(deps, credential).probe(credential.id)) !== 'refused')
        return { done: false, code: 'still_works' };
    }
    return (await isQuietElsewhere(deps, grantId)) ? { done: true, revokedAtMs } : { done: false, code: 'still_works' };
  } catch {
    return { done: false, code: 'issuer_unreachable' };
  }
}

/** No new call is let in anywhere by now; those that run at other replicas are cut as soon as these hear of it. */
async function isQuietElsewhere(deps: AccessDeps, grantId: string): Promise<boolean> {
  for (let looks = 1; await deps.usedElsewhere(grantId); looks += 1) {
    if (looks === QUIET_LOOKS) return false;
    await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS));
  }
  return true;
}

function issuerOf(deps: AccessDeps, credential: CredentialRow): ReturnType<AccessDeps['issuer']> {
  return deps.issuer(credential.issuer as Parameters<AccessDeps['issuer']>[0]);
}

async function markEnded(
  deps: AccessDeps,
  grantId: string,
  credentials: readonly CredentialRow[],
  revokedAtMs: number,
): Promise<GrantRow | null> {
  return await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, grantId);
    if (row === undefined || row.state !== 'revoking') return row ?? null;
    const checkedAtMs = deps.clock.now();
    const reason = row.end_reason ?? 'revoked';
    const receipt: EndReceipt = {
      revokedAtMs,
      checkedAtMs,
      lagMs: Math.max(0, checkedAtMs - (row.end_due_at_ms ?? revokedAtMs)),
    };
    const ended = await changeGrant(tx, row, 'revoke_done', {
      receipt: JSON.stringify(receipt),
      ended_at_ms: checkedAtMs,
      retry_at_ms: null,
    });
    for (const credential of credentials) {
      await tx
        .updateTable('credentials')
        .set({ state: 'revoked', revoked_at_ms: revokedAtMs })
        .where('id', '=', credential.id)
        .execute();
      await recordGrant(deps, tx, ended, {
        kind: 'credential.revoked',
        actor: 'broker',
        data: { credential: credential.id },
      });
    }
    await recordGrant(deps, tx, ended, { kind: 'grant.ended', actor: 'broker', data: { reason, receipt } });
    return ended;
  });
}

async function markFailed(deps: AccessDeps, grantId: string, code: string): Promise<GrantRow | null> {
  return await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, grantId);
    if (row === undefined || row.state !== 'revoking') return row ?? null;
    const attempt = row.revoke_attempts + 1;
    const failed = await changeGrant(tx, row, 'revoke_failed', {
      revoke_attempts: attempt,
      retry_at_ms: deps.clock.now() + retryAfterMs(attempt),
    });
    // Powers of two: an issuer that is down for a week leaves twenty records, not a million.
    if (Number.isInteger(Math.log2(attempt))) {
      await recordGrant(deps, tx, failed, {
        kind: 'grant.revoke_failed',
        actor: 'broker',
        outcome: 'failure',
        data: { attempt, code },
      });
    }
    return failed;
  });
}

function retryAfterMs(attempt: number): DurationMs {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 30));
}
