// Issues the credential of a grant that is on record, makes it live, and undoes all of it when that fails.
import type { Resource } from '#shared/contracts/catalog.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { IssuedCredential } from '#broker/issuers/issuer.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { lostGround } from './end-groundless.ts';
import { endGrant } from './end.ts';
import { EACH_WRITE_CHECKS } from './in-turn.ts';
import type { Collected, Intended } from './issued.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { changeGrant, findGrant, onFreshRows } from './rows.ts';
import { storedActions } from './stored.ts';
import type { GrantRow } from './tables.ts';

/** Issues, stores the fingerprint, makes the credential live. A failure leads through `revoking` to `ended`. */
export async function activate(deps: AccessDeps, intended: Intended): Promise<Result<Collected, AccessRefusal>> {
  const resource = deps.snapshot().resource(intended.grant.resource);
  let credential: IssuedCredential;
  try {
    if (resource === null) throw new Error('the resource left the catalog');
    credential = await deps.issuer(resource.issuer).issue(orderOf(intended));
    if (credential.expiresAtMs > intended.grant.ends_at_ms)
      throw new Error('the issuer gave more time than the grant has');
  } catch {
    await endGrant(deps, {
      grantId: intended.grant.id,
      reason: 'activation_failed',
      actor: 'broker',
      dueAtMs: deps.clock.now(),
    });
    return refuse('unavailable', 'The credential could not be issued; nothing was handed out.');
  }
  const grant = await markActive(deps, intended, credential);
  if (grant === null) {
    await forget(deps, resource, intended.credentialId);
    return overtaken();
  }
  goLive(deps, grant, intended.credentialId);
  // An end or a reissue that was committed between our commit and this line looked for live credentials too early
  // to see this one.
  if (deps.live.find(intended.credentialId) === null || !(await isStillOn(deps.store.read, intended.credentialId))) {
    deps.live.remove(intended.credentialId);
    return overtaken();
  }
  // A reload that came after this collect was decided may have looked for groundless grants before this one was on record.
  const reason = lostGround(deps, grant);
  if (reason !== null) {
    await endGrant(deps, { grantId: grant.id, reason, actor: 'broker', dueAtMs: deps.clock.now() });
    return refuse('state_conflict', 'The resource changed while its credential was being issued; ask anew.');
  }
  return ok({ grant, credentialId: intended.credentialId, credential });
}

function overtaken(): ReturnType<typeof refuse> {
  return refuse('state_conflict', 'The grant ended, or was collected again, while its credential was being issued.');
}

/** Nobody was given this credential and no gateway knows it; its end at the issuer is tried once more, not relied on. */
async function forget(deps: AccessDeps, resource: Resource, credentialId: string): Promise<void> {
  try {
    await deps.issuer(resource.issuer).revoke(credentialId);
  } catch {
    // The secret is dropped unseen, and expires with the grant.
  }
}

async function isStillOn(db: Reader, credentialId: string): Promise<boolean> {
  const row = await db
    .selectFrom('credentials')
    .innerJoin('grants', 'grants.id', 'credentials.grant_id')
    .select(['credentials.state as credential', 'grants.state as grant'])
    .where('credentials.id', '=', credentialId)
    .executeTakeFirst();
  return row?.credential === 'issued' && row.grant === 'active';
}

function orderOf({
  grant,
  credentialId,
  startsAtMs,
}: Intended): Parameters<ReturnType<AccessDeps['issuer']>['issue']>[0] {
  return {
    credentialId,
    grantId: grant.id,
    subject: grant.subject,
    device: grant.device,
    resource: grant.resource,
    actions: storedActions(grant),
    startsAtMs,
    endsAtMs: grant.ends_at_ms,
    policyHash: grant.policy_hash,
  };
}

/** Null when the grant was ended in the meantime: then the credential must never become live. */
async function markActive(
  deps: AccessDeps,
  { grant, credentialId }: Intended,
  credential: IssuedCredential,
): Promise<GrantRow | null> {
  // Nothing has changed as a rule: the change itself says so when something has, and then it is looked for.
  let known: GrantRow | null = grant.state === 'activating' ? grant : null;
  const active = await onFreshRows(() => {
    const first = known;
    known = null;
    return deps.store
      .transaction(
        async (tx) => await activateOnce(deps, tx, first ?? (await findGrant(tx, grant.id)), credentialId, credential),
        EACH_WRITE_CHECKS,
      )
      .catch(nullIfReplaced);
  });
  deps.deadlinesChanged();
  return active;
}

async function activateOnce(
  deps: AccessDeps,
  tx: Tx,
  row: GrantRow | undefined,
  credentialId: string,
  credential: IssuedCredential,
): Promise<GrantRow | null> {
  if (row?.state !== 'activating' && row?.state !== 'active') return null;
  const stored = tx
    .updateTable('credentials')
    .set({ state: 'issued', fingerprint: deps.fingerprint(credential.secret), expires_at_ms: credential.expiresAtMs })
    .where('id', '=', credentialId)
    .where('state', '=', 'intended')
    .executeTakeFirst();
  const changed = row.state === 'active' ? row : changeGrant(tx, row, 'activate', {});
  const [{ numUpdatedRows }, active] = await Promise.all([stored, changed]);
  if (numUpdatedRows !== 1n) throw new ReplacedError('the credential is no longer intended');
  return active;
}

/** Takes back what the transaction changed besides. */
class ReplacedError extends Error {
  override readonly name = 'ReplacedError';
}

function nullIfReplaced(error: unknown): null {
  if (error instanceof ReplacedError) return null;
  throw error;
}

/**
 * Lets the gateway accept the credential. The row is read-committed truth; a later end removes it again, and a grant
 * whose end is ordered but not on record gets no live credential whatever its row says.
 */
export function goLive(deps: AccessDeps, grant: GrantRow, credentialId: string): void {
  if (deps.unwrittenEnds.has(grant.id)) return;
  deps.live.add({
    credentialId,
    grantId: grant.id,
    requestId: grant.request_id,
    subject: grant.subject,
    resource: grant.resource,
    catalogHash: grant.catalog_hash,
    actions: storedActions(grant),
    endsAtMs: grant.ends_at_ms,
    endsWithOperation: grant.ends_with === 'operation',
  });
}
