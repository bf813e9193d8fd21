// The broker's answer to a collect, for where no whole broker is needed.
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS, type EpochMs } from '#shared/domain/time.ts';

export function collectedView(requestId: string, endsAtMs: EpochMs, secret: string): CollectedView {
  const endsAt = new Date(endsAtMs).toISOString();
  return {
    grant: {
      id: `grt_${requestId}`,
      state: 'active',
      requestId,
      holder: { name: 'Ana Lima', me: true },
      resource: { id: 'dataset:penguins', name: 'Penguins' },
      actions: ['read'],
      startsAt: new Date(endsAtMs - HOUR_MS).toISOString(),
      endsAt,
      endsWith: null,
      extends: null,
      endReason: null,
      endWords: null,
      receipt: null,
      policyHash: 'hash',
      breakGlass: false,
    },
    credential: { id: `crd_${requestId}`, kind: 'bearer_token', secret, expiresAt: endsAt, url: null },
  };
}
