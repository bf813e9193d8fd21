// Why a credential leaves this machine, from what the broker says of its grant, and what the broker still has to learn.
import type { GrantView } from '#shared/contracts/broker-api.ts';
import type { WipeReason } from '../vault/vault.ts';

/** `view` null: the broker does not have the grant. */
export function wipeReasonOf(view: GrantView | null): WipeReason {
  switch (view?.endReason) {
    case 'expired':
      return 'expired';
    case 'revoked':
    case 'subject_disabled':
    case 'subject_unproven':
      return 'revoked';
    case 'replaced':
      return 'replaced';
    case 'activation_failed':
      return 'interrupted';
    default:
      return 'ended_elsewhere';
  }
}

/** The broker ends these by itself, or said so first. */
const BROKER_KNOWS: ReadonlySet<WipeReason> = new Set(['expired', 'revoked', 'ended_elsewhere']);

export function brokerKnows(reason: WipeReason): boolean {
  return BROKER_KNOWS.has(reason);
}
