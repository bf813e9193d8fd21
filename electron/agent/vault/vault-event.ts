// The facts that the vault records, as the desktop's log keeps them, and whose they are.
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { VaultCopy } from './copy-row.ts';

type VaultKind = Extract<keyof OutboxData, `copy.${string}` | `clipboard.${string}` | `wipe.${string}`>;

/** A kind with its data, before it is known whose it is. */
export type VaultFact = { [K in VaultKind]: { readonly kind: K; readonly data: OutboxData[K] } }[VaultKind];

/** A fact about a copy. What it cannot do is a failure; everything else is a success. */
export function eventOf(copy: VaultCopy, fact: VaultFact, atMs: EpochMs): OutboxEvent {
  const failed = fact.kind === 'wipe.failed' || fact.kind === 'clipboard.clear_failed' || fact.kind === 'copy.missing';
  return {
    atMs,
    actor: 'desktop',
    subject: copy.subject,
    resource: copy.resource,
    requestId: copy.requestId,
    grantId: copy.issued?.grantId ?? null,
    outcome: failed ? 'failure' : 'success',
    ...fact,
  };
}

/** The credential by its random id; before the broker has named it, by the id of the intent to hold it. */
export function credentialOf({ issued, collectId }: VaultCopy): string {
  return issued?.credentialId ?? collectId;
}
