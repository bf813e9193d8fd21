// Ledger events of requests and grants, with the fields that they share filled in.
import type { AuditData, LedgerEvent, LedgerKind } from '#shared/domain/audit-event.ts';
import type { Decision } from '#shared/domain/decision.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import type { GrantRow, RequestRow } from './tables.ts';

type Details<K extends LedgerKind> = {
  readonly kind: K;
  readonly actor: SubjectId | 'broker';
  readonly data: AuditData[K];
  readonly outcome?: 'success' | 'failure';
  /** Words that people wrote; empty ones are left out. */
  readonly words?: { readonly of: SubjectId; readonly text: Readonly<Record<string, string>> };
};

export async function recordRequest<K extends LedgerKind>(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  details: Details<K>,
): Promise<void> {
  await deps.ledger.append(tx, requestEvent(deps, row, details));
}

/** What `recordRequest` records, for recording several at once. */
export function requestEvent<K extends LedgerKind>(
  deps: AccessDeps,
  row: RequestRow,
  details: Details<K>,
): LedgerEvent {
  const { subject, resource, id: requestId, grant_id: grantId } = row;
  return eventOf(deps, { subject, resource, requestId, grantId }, details);
}

export async function recordGrant<K extends LedgerKind>(
  deps: AccessDeps,
  tx: Tx,
  row: GrantRow,
  details: Details<K>,
): Promise<void> {
  const { subject, resource, request_id: requestId, id: grantId } = row;
  await deps.ledger.append(tx, eventOf(deps, { subject, resource, requestId, grantId }, details));
}

export async function recordDecision(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  decision: Decision,
  stage: AuditData['request.decided']['stage'],
): Promise<void> {
  await deps.ledger.append(tx, decisionEvent(deps, row, decision, stage));
}

/** What policy said, with the policies that said it and whether their facts were proven. */
export function decisionEvent(
  deps: AccessDeps,
  row: RequestRow,
  decision: Decision,
  stage: AuditData['request.decided']['stage'],
): LedgerEvent {
  const { outcome, policyHash, reasons } = decision;
  return requestEvent(deps, row, {
    kind: 'request.decided',
    actor: 'broker',
    outcome: outcome === 'denied' ? 'failure' : 'success',
    data: {
      outcome,
      code: outcome === 'denied' ? decision.code : null,
      policies: reasons.map((reason) => reason.policyId),
      policyHash,
      needed: outcome === 'needs_approval' ? decision.needed : null,
      provenance: row.provenance,
      stage,
    },
  });
}

type About = Pick<LedgerEvent, 'subject' | 'resource' | 'requestId' | 'grantId'>;

function eventOf<K extends LedgerKind>(deps: AccessDeps, about: About, details: Details<K>): LedgerEvent {
  const text = Object.fromEntries(Object.entries(details.words?.text ?? {}).filter(([, words]) => words !== ''));
  const personal =
    details.words === undefined || Object.keys(text).length === 0
      ? {}
      : { personal: { subject: details.words.of, text } };
  // The compiler cannot see that kind and data of a generic K belong together; `Details<K>` is what guarantees it.
  return {
    kind: details.kind,
    atMs: deps.clock.now(),
    actor: details.actor,
    ...about,
    outcome: details.outcome ?? 'success',
    data: details.data,
    ...personal,
  } as LedgerEvent;
}
