// The answer to a collect was lost: the earlier credential is revoked first, then another issued to the same end.
import type { Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { activate } from './activate.ts';
import type { Collected, Intended } from './issued.ts';
import { recordGrant } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { changeGrant, findGrant, onFreshRows, unrevokedCredentials } from './rows.ts';
import type { CredentialRow, GrantRow } from './tables.ts';

/** How often attempts that run at the same time may overtake each other before one gives up. */
const TRIES = 4;

type Replaced = Intended | 'over' | 'overtaken';

/** Gives a new credential for a grant that is still on. Never are two of its credentials live at once. */
export async function reissue(deps: AccessDeps, grant: GrantRow): Promise<Result<Collected, AccessRefusal>> {
  if (deps.unwrittenEnds.has(grant.id)) return refuse('state_conflict', 'The grant is over.');
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const earlier = await unrevokedCredentials(deps.store.read, grant.id);
    for (const credential of earlier) {
      const gone = await makeWorthless(deps, credential);
      if (!gone) return refuse('unavailable', 'The earlier credential could not be revoked yet; try again.');
    }
    const replaced = await replaceCredentials(deps, grant.id, earlier);
    if (replaced === 'over') return refuse('state_conflict', 'The grant is over.');
    if (replaced !== 'overtaken') return await activate(deps, replaced);
  }
  return refuse('unavailable', 'Other attempts to collect are under way; try again.');
}

async function makeWorthless(deps: AccessDeps, credential: CredentialRow): Promise<boolean> {
  deps.live.stop(credential.id);
  try {
    const issuer = deps.issuer(credential.issuer as Parameters<AccessDeps['issuer']>[0]);
    await issuer.revoke(credential.id);
    return (await issuer.probe(credential.id)) === 'refused';
  } catch {
    return false;
  }
}

async function replaceCredentials(
  deps: AccessDeps,
  grantId: string,
  earlier: readonly CredentialRow[],
): Promise<Replaced> {
  const nowMs = deps.clock.now();
  const replaced = await onFreshRows(() =>
    deps.store.transaction(async (tx): Promise<Replaced> => {
      const grant = await findGrant(tx, grantId);
      const isOn = grant?.state === 'active' || grant?.state === 'activating';
      if (grant === undefined || !isOn || grant.ends_at_ms <= nowMs) return 'over';
      // One that was issued, or begun, after we revoked what we saw has not been revoked.
      if (!sameCredentials(await unrevokedCredentials(tx, grantId), earlier)) return 'overtaken';
      // An end that another replica has begun meanwhile has looked at its credentials already: one of us is overtaken.
      const unended = await changeGrant(tx, grant, null, {});
      return await writeReplacement(deps, tx, unended, earlier, nowMs);
    }),
  );
  // The attempt that was issued the earlier one may have made it live between our revoke and this commit.
  for (const credential of earlier) deps.live.remove(credential.id);
  return replaced;
}

function sameCredentials(now: readonly CredentialRow[], seen: readonly CredentialRow[]): boolean {
  const states = new Map(seen.map((credential) => [credential.id, credential.state]));
  return now.length === seen.length && now.every((credential) => states.get(credential.id) === credential.state);
}

async function writeReplacement(
  deps: AccessDeps,
  tx: Tx,
  grant: GrantRow,
  earlier: readonly CredentialRow[],
  nowMs: EpochMs,
): Promise<Intended> {
  const credentialId = newId('crd');
  for (const credential of earlier) {
    await tx
      .updateTable('credentials')
      .set({ state: 'revoked', revoked_at_ms: nowMs })
      .where('id', '=', credential.id)
      .execute();
    await recordGrant(deps, tx, grant, {
      kind: 'credential.revoked',
      actor: 'broker',
      data: { credential: credential.id },
    });
  }
  await tx
    .insertInto('credentials')
    .values({
      id: credentialId,
      grant_id: grant.id,
      issuer: earlier[0]?.issuer ?? deps.snapshot().resource(grant.resource)?.issuer ?? 'jwt',
      state: 'intended',
      fingerprint: null,
      expires_at_ms: grant.ends_at_ms,
      created_at_ms: nowMs,
      revoked_at_ms: null,
    })
    .execute();
  await recordGrant(deps, tx, grant, {
    kind: 'grant.reissued',
    actor: grant.subject,
    data: {
      credential: credentialId,
      replaced: earlier.map((credential) => credential.id).join(' '),
      endsAtMs: grant.ends_at_ms,
    },
  });
  return { grant, credentialId, startsAtMs: nowMs };
}
