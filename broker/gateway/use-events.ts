// The ledger's events about uses, as plain values. Never a path, a query or a header: the ledger keeps the action, not
// what was asked.
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Admission } from './admission.ts';
import type { OpenUseRow } from './tables.ts';

export type UseEnd =
  | { readonly kind: 'finished'; readonly status: number; readonly bytesIn: number; readonly bytesOut: number }
  | {
      readonly kind: 'interrupted';
      readonly code: string;
      readonly bytesIn: number;
      readonly bytesOut: number;
      /** The call counts as made (see spent.ts). */
      readonly spent: boolean;
    };

function about({ credential }: Admission, atMs: EpochMs) {
  const { subject, resource, requestId, grantId } = credential;
  return { atMs, actor: subject, subject, resource, requestId, grantId };
}

export function useStarted(useId: string, admission: Admission, method: string, atMs: EpochMs): LedgerEvent {
  const data = { credential: admission.credential.credentialId, action: admission.action, method, useId };
  return { ...about(admission, atMs), kind: 'use.started', outcome: 'success', data };
}

export function useEnded(useId: string, admission: Admission, end: UseEnd, atMs: EpochMs): LedgerEvent {
  const common = about(admission, atMs);
  if (end.kind === 'interrupted') {
    const { code, bytesIn, bytesOut, spent } = end;
    return { ...common, kind: 'use.interrupted', outcome: 'failure', data: { useId, code, bytesIn, bytesOut, spent } };
  }
  const { status, bytesIn, bytesOut } = end;
  const data = { useId, status, bytesIn, bytesOut, masked: admission.masked };
  return { ...common, kind: 'use.finished', outcome: status < 400 ? 'success' : 'failure', data };
}

/** `requestId` is known only while the credential lives. */
export function useRefused(
  claims: AccessTokenClaims,
  requestId: string | null,
  refusal: { readonly code: string; readonly method: string },
  atMs: EpochMs,
): LedgerEvent {
  const { sub: subject, aud: resource, grant_id: grantId } = claims;
  const common = { atMs, actor: subject, subject, resource, requestId, grantId };
  return { ...common, kind: 'use.refused', outcome: 'failure', data: refusal };
}

/** Nobody knows how far the call had come. Unknown denies: it counts as made. */
export function useOrphaned(row: OpenUseRow, atMs: EpochMs): LedgerEvent {
  return {
    atMs,
    actor: 'broker',
    subject: row.subject,
    resource: row.resource,
    requestId: row.request_id,
    grantId: row.grant_id,
    kind: 'use.interrupted',
    outcome: 'failure',
    data: { useId: row.use_id, code: 'broker_restarted', bytesIn: null, bytesOut: null, spent: true },
  };
}
