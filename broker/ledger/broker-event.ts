// What the broker itself does, about nobody's access: the common fields of such a record, in one place.
import type { AuditData, AuditEventOf, LedgerKind } from '#shared/domain/audit-event.ts';
import type { EpochMs } from '#shared/domain/time.ts';

/** An event of the broker's own, successful, at `atMs`. */
export function brokerEvent<K extends LedgerKind>(kind: K, atMs: EpochMs, data: AuditData[K]): AuditEventOf<K> {
  return {
    kind,
    atMs,
    actor: 'broker',
    subject: null,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    data,
  };
}
