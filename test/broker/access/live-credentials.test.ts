// The list that the gateway asks on each call: what is not in it is refused, and its two indexes never disagree.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiveCredentials, type LiveCredential } from '#broker/access/live-credentials.ts';

const credential = (credentialId: string, grantId: string): LiveCredential => ({
  credentialId,
  grantId,
  requestId: 'req',
  subject: 'sub',
  resource: 'dataset:penguins',
  catalogHash: '',
  actions: ['read'],
  endsAtMs: 0,
  endsWithOperation: false,
});

describe('live credentials', () => {
  it('are found by id and by grant exactly while they are in the list', () => {
    const step = fc.record({ add: fc.boolean(), id: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const live = createLiveCredentials();
        const model = new Map<string, LiveCredential>();
        for (const { add, id } of steps) {
          const one = credential(`crd_${id}`, `grt_${id % 3}`);
          if (add) {
            live.add(one);
            model.set(one.credentialId, one);
          } else {
            live.remove(one.credentialId);
            model.delete(one.credentialId);
          }
        }
        expect(new Set(live.all())).toEqual(new Set(model.values()));
        for (const grantId of ['grt_0', 'grt_1', 'grt_2']) {
          const expected = [...model.values()].filter((known) => known.grantId === grantId);
          expect(new Set(live.ofGrant(grantId))).toEqual(new Set(expected));
        }
      }),
    );
  });

  it('tell who waits for their end once, and at once when they are not live', () => {
    const live = createLiveCredentials();
    live.add(credential('crd_1', 'grt_1'));
    const ended: string[] = [];
    live.onRemoved('crd_1', () => ended.push('first'));
    const stop = live.onRemoved('crd_1', () => ended.push('second'));
    stop();
    live.remove('crd_1');
    live.remove('crd_1');
    live.onRemoved('crd_1', () => ended.push('late'));
    expect(ended).toEqual(['first', 'late']);
  });
});
