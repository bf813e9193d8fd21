// One order for a token, and a clock that only tests move.
import type { CredentialOrder } from '#broker/issuers/issuer.ts';
import type { Clock } from '#shared/domain/time.ts';

export const NOW_MS = 1_800_000_000_250;
export const ISSUER = 'urn:daypass:embedded:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

export function order(over: Partial<CredentialOrder> = {}): CredentialOrder {
  return {
    credentialId: 'crd_AAAAAAAAAAAAAAAAAAAAAA',
    grantId: 'grt_AAAAAAAAAAAAAAAAAAAAAA',
    subject: 'sub_AAAAAAAAAAAAAAAAAAAAAA',
    device: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    resource: 'dataset:penguins',
    actions: ['read'],
    startsAtMs: NOW_MS,
    endsAtMs: NOW_MS + 3_600_000,
    policyHash: 'ab'.repeat(32),
    ...over,
  };
}

export type TestClock = Clock & { nowMs: number };

export function testClock(nowMs = NOW_MS): TestClock {
  return {
    nowMs,
    now() {
      return this.nowMs;
    },
  };
}
