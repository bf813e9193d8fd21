// Approved becomes access: everything is computed again, the grant is born, the credential is issued and handed over.
// The same collectId from the same device may come again when the answer was lost; anything else is refused.
import type { Resource } from '#shared/contracts/catalog.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { DeviceId, Principal } from '#shared/domain/identity.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { activate } from './activate.ts';
import { recordBrokenGlass } from './break-glass.ts';
import { closeRequest } from './close.ts';
import type { Collected, Intended } from './issued.ts';
import { inTurnOf } from './in-turn.ts';
import { lapseIfDue } from './lapse.ts';
import { recordGrant } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { reissue } from './reissue.ts';
import { changeGrant, changeRequest, findGrant, findRequest, insertGrant, onFreshRows } from './rows.ts';
import { scopeHash } from './scope-hash.ts';
import { standingOf, type Standing } from './standing.ts';
import type { GrantRow, RequestRow } from './tables.ts';

/** A grant that was begun and whose credential nobody has collected again by then is undone. */
export const ACTIVATION_TIME_MS = 2 * MINUTE_MS;

export type Collecting = {
  readonly principal: Principal;
  readonly device: DeviceId;
  readonly requestId: string;
  readonly collectId: string;
  readonly networkAddress: string | null;
};

type Begun =
  | { readonly kind: 'begun'; readonly intended: Intended }
  | { readonly kind: 'again'; readonly grant: GrantRow };

/** Gives the grant and its credential. The only function whose value carries a secret; nothing here keeps it. */
export async function collect(deps: AccessDeps, collecting: Collecting): Promise<Result<Collected, AccessRefusal>> {
  const begun = await onFreshRows(() =>
    deps.store.transaction(async (tx) => await begin(deps, tx, collecting), inTurnOf(collecting.principal)),
  );
  deps.deadlinesChanged();
  if (!begun.ok) return begun;
  if (begun.value.kind === 'again') return await reissue(deps, begun.value.grant);
  return await activate(deps, begun.value.intended);
}

async function begin(deps: AccessDeps, tx: Tx, collecting: Collecting): Promise<Result<Begun, AccessRefusal>> {
  const found = await findRequest(tx, collecting.requestId);
  if (found === undefined || found.subject !== collecting.principal.subject)
    return refuse('not_found', 'No such request.');
  if (found.device !== collecting.device)
    return refuse('collect_conflict', 'Only the device that submitted the request collects it.');
  const row = await lapseIfDue(deps, tx, found);
  if (row.state === 'fulfilled') return await collectedBefore(tx, row, collecting);
  if (row.state !== 'approved') return refuse('state_conflict', `The request is ${row.state}.`);
  const standing = await standingOf(deps, tx, row, collecting);
  if (!standing.ok) {
    await closeRequest(deps, tx, row, { move: 'deny', code: standing.error, actor: 'broker' });
    return refuse('state_conflict', `The request can no longer be honoured: ${standing.error}.`);
  }
  const { scope } = standing.value;
  if (scope.startAtMs !== null && deps.clock.now() < scope.startAtMs) {
    return refuse('too_early', 'The access starts later.', { retryAtMs: scope.startAtMs });
  }
  if (!standing.value.verdict.allowed || !standing.value.meetsFloor || scopeHash(scope) !== row.scope_hash) {
    return await denyAtCollect(deps, tx, row, standing.value);
  }
  return ok({ kind: 'begun', intended: await beginGrant(deps, tx, row, standing.value, collecting) });
}

async function collectedBefore(tx: Tx, row: RequestRow, collecting: Collecting): Promise<Result<Begun, AccessRefusal>> {
  const grant = row.grant_id === null ? undefined : await findGrant(tx, row.grant_id);
  if (grant === undefined) throw new Error(`fulfilled request ${row.id} has no grant`);
  if (grant.collect_id !== collecting.collectId)
    return refuse('collect_conflict', 'The request was collected by another attempt.');
  if (grant.state !== 'active' && grant.state !== 'activating') return refuse('state_conflict', 'The grant is over.');
  return ok({ kind: 'again', grant });
}

async function denyAtCollect(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  standing: Standing,
): Promise<Result<never, AccessRefusal>> {
  const decision = deps.snapshot().policy.decide(standing.question, deps.directory.people());
  const code = decision.outcome === 'denied' ? decision.code : 'approvals_no_longer_count';
  await closeRequest(deps, tx, row, { move: 'deny', code, actor: 'broker', decision, stage: 'collect' });
  return refuse('denied_by_policy', 'Looked at again before issuing, policy no longer allows this.', { decision });
}

async function beginGrant(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  standing: Standing,
  collecting: Collecting,
): Promise<Intended> {
  const grant = newGrant(deps, row, standing, collecting);
  const credentialId = newId('crd');
  const { extended } = standing;
  await Promise.all([
    // First, since it is what tells those who collect at the same time apart.
    changeRequest(tx, row, 'fulfil', { grant_id: grant.id, lapses_at_ms: null, network_address: null }),
    // One that ends at this moment does not become longer.
    ...(extended === null ? [] : [changeGrant(tx, extended, null, {})]),
    insertGrant(tx, grant),
    insertCredential(tx, grant, credentialId, standing.resource),
    recordGrant(deps, tx, grant, {
      kind: 'grant.issued',
      actor: row.subject,
      data: {
        actions: standing.scope.actions,
        endsAtMs: grant.ends_at_ms,
        credential: credentialId,
        issuer: standing.resource.issuer,
        policyHash: grant.policy_hash,
        revokeClass: deps.issuer(standing.resource.issuer).revokeClass(standing.resource).kind,
        extendsGrant: grant.extends_grant,
      },
    }),
  ]);
  await recordBrokenGlass(deps, tx, row, grant);
  return { grant, credentialId, startsAtMs: grant.starts_at_ms };
}

async function insertCredential(
  tx: Tx,
  grant: GrantRow,
  credentialId: string,
  { issuer }: Pick<Resource, 'issuer'>,
): Promise<void> {
  await tx
    .insertInto('credentials')
    .values({
      id: credentialId,
      grant_id: grant.id,
      issuer,
      state: 'intended',
      fingerprint: null,
      expires_at_ms: grant.ends_at_ms,
      created_at_ms: grant.starts_at_ms,
      revoked_at_ms: null,
    })
    .execute();
}

function newGrant(
  deps: AccessDeps,
  row: RequestRow,
  { scope, extended }: Standing,
  { collectId }: Collecting,
): GrantRow {
  const nowMs = deps.clock.now();
  return {
    id: newId('grt'),
    version: 1,
    state: 'activating',
    request_id: row.id,
    subject: row.subject,
    device: row.device,
    resource: row.resource,
    actions: JSON.stringify(scope.actions),
    catalog_hash: scope.catalogHash,
    collect_id: collectId,
    policy_hash: deps.snapshot().policy.policyHash,
    extends_grant: extended?.id ?? null,
    chain_started_at_ms: extended?.chain_started_at_ms ?? nowMs,
    ends_with: row.ends_with,
    break_glass: row.break_glass,
    starts_at_ms: nowMs,
    ends_at_ms: (extended?.ends_at_ms ?? nowMs) + scope.durationMs,
    activate_by_ms: nowMs + ACTIVATION_TIME_MS,
    end_reason: null,
    ended_by: null,
    end_words: null,
    end_due_at_ms: null,
    receipt: null,
    revoke_attempts: 0,
    retry_at_ms: null,
    ended_at_ms: null,
    examined_at_ms: null,
  };
}
