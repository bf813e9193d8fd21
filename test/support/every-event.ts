// One event of each kind of both logs, and for kinds that can go either way one of the other outcome too.
import type { AuditEvent } from '#shared/domain/audit-event.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

export const OTHER_OUTCOMES: readonly AuditEvent[] = [
  {
    ...SAMPLES['request.decided'],
    outcome: 'failure',
    data: { ...SAMPLES['request.decided'].data, outcome: 'denied', code: 'not_eligible', needed: null },
  },
  {
    ...SAMPLES['request.closed'],
    actor: 'broker',
    outcome: 'failure',
    data: { state: 'denied', code: 'policy_changed' },
  },
  {
    ...SAMPLES['use.finished'],
    outcome: 'failure',
    data: { ...SAMPLES['use.finished'].data, status: 404, bytesOut: 12 },
  },
  { ...OUTBOX_SAMPLES['sink.tested'], outcome: 'success', data: { name: 'siem', code: null } },
];

export const EVERY_KIND: readonly AuditEvent[] = [...Object.values(SAMPLES), ...Object.values(OUTBOX_SAMPLES)];
export const EVERY_EVENT: readonly AuditEvent[] = [...EVERY_KIND, ...OTHER_OUTCOMES];
