import { describe, expect, it } from 'vitest';
import { createLiveCredentials, type LiveCredential } from '#broker/access/live-credentials.ts';
import { createOperations } from '#broker/gateway/operations.ts';

const once: LiveCredential = {
  credentialId: 'crd_1',
  grantId: 'grt_1',
  requestId: 'req_1',
  subject: 'sub_1',
  resource: 'dataset:x',
  actions: ['read'],
  endsAtMs: 1,
  catalogHash: '',
  endsWithOperation: true,
};

describe('operations', () => {
  it('give one place, take it back from a failed call, and close it after a completed one', () => {
    const live = createLiveCredentials();
    live.add(once);
    const operations = createOperations(live);
    expect([operations.begin(once), operations.begin(once)]).toEqual([true, false]);
    expect(operations.end(once, false)).toBe(false);
    expect(operations.begin(once)).toBe(true);
    expect(operations.end(once, true)).toBe(true);
    expect([operations.isDone('crd_1'), operations.begin(once)]).toEqual([true, false]);
    live.remove('crd_1');
    expect(operations.isDone('crd_1')).toBe(false);
  });

  it('do not limit other credentials', () => {
    const operations = createOperations(createLiveCredentials());
    const other = { ...once, endsWithOperation: false };
    expect([operations.begin(other), operations.begin(other), operations.end(other, true)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(operations.isDone('crd_1')).toBe(false);
  });
});
