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
  await append(
    deps,
    tx,
    { subject: row.subject, resource: row.resource, requestId: row.id, grantId: row.grant_id },
    details,
  );
}

export async function recordGrant<K extends LedgerKind>(
  deps: AccessDeps,
  tx: Tx,
  row: GrantRow,
  details: Details<K>,
): Promise<void> {
  await append(
    deps,
    tx,
    { subject: row.subject, resource: row.resource, requestId: row.request_id, grantId: row.id },
    details,
  );
}

/** What policy said, with the policies that said it and whether their facts were proven. */
export async function recordDecision(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  decision: Decision,
  stage: AuditData['request.decided']['stage'],
): Promise<void> {
  const { outcome, policyHash, reasons } = decision;
  await recordRequest(deps, tx, row, {
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

async function append<K extends LedgerKind>(
  deps: AccessDeps,
  tx: Tx,
  about: About,
  details: Details<K>,
): Promise<void> {
  const text = Object.fromEntries(Object.entries(details.words?.text ?? {}).filter(([, words]) => words !== ''));
  const personal =
    details.words === undefined || Object.keys(text).length === 0
      ? {}
      : { personal: { subject: details.words.of, text } };
  // The compiler cannot see that kind and data of a generic K belong together; `Details<K>` is what guarantees it.
  const event = {
    kind: details.kind,
    atMs: deps.clock.now(),
    actor: details.actor,
    ...about,
    outcome: details.outcome ?? 'success',
    data: details.data,
    ...personal,
  } as LedgerEvent;
  await deps.ledger.append(tx, event);
}
