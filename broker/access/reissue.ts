// The answer to a collect was lost: the earlier credential is revoked first, then another issued to the same end.
import { ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#broker/ids.ts';
import type { AccessDeps } from './access-deps.ts';
import { activate } from './activate.ts';
import type { Collected, Intended } from './issued.ts';
import { recordGrant } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { findGrant, onFreshRows, unrevokedCredentials } from './rows.ts';
import type { CredentialRow, GrantRow } from './tables.ts';

/** Gives a new credential for a grant that is still on. Never are two of its credentials live at once. */
export async function reissue(deps: AccessDeps, grant: GrantRow): Promise<Result<Collected, AccessRefusal>> {
  const earlier = await unrevokedCredentials(deps.store.read, grant.id);
  for (const credential of earlier) {
    const gone = await makeWorthless(deps, credential);
    if (!gone) return refuse('unavailable', 'The earlier credential could not be revoked yet; try again.');
  }
  const intended = await replaceCredentials(deps, grant.id, earlier);
  return intended.ok ? await activate(deps, intended.value) : intended;
}

async function makeWorthless(deps: AccessDeps, credential: CredentialRow): Promise<boolean> {
  deps.live.remove(credential.id);
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
): Promise<Result<Intended, AccessRefusal>> {
  const nowMs = deps.clock.now();
  return await onFreshRows(() =>
    deps.store.transaction(async (tx): Promise<Result<Intended, AccessRefusal>> => {
      const grant = await findGrant(tx, grantId);
      const over =
        grant === undefined || (grant.state !== 'active' && grant.state !== 'activating') || grant.ends_at_ms <= nowMs;
      if (over) return refuse('state_conflict', 'The grant is over.');
      const known = new Set(earlier.map((credential) => credential.id));
      const unknown = (await unrevokedCredentials(tx, grantId)).filter((credential) => !known.has(credential.id));
      if (unknown.length > 0) return refuse('collect_conflict', 'Another attempt to collect is under way.');
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
          grant_id: grantId,
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
      return ok({ grant, credentialId, startsAtMs: nowMs });
    }),
  );
}
