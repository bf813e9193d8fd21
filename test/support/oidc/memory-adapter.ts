// What the provider remembers: sessions, codes, refresh tokens. It outlives the provider object, so that a restart and a
// change of keys lose nobody's sign-in. It must never be limited in size: a load test has thousands of sign-ins.
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

type Kept = { readonly payload: AdapterPayload; readonly endsAtMs: number };

export function memoryAdapter(): AdapterFactory {
  const models = new Map<string, Map<string, Kept>>();
  return (model) => {
    const kept = models.get(model) ?? new Map<string, Kept>();
    models.set(model, kept);
    return adapterOver(kept);
  };
}

function adapterOver(kept: Map<string, Kept>): Adapter {
  const find = (id: string): AdapterPayload | undefined => {
    const found = kept.get(id);
    return found !== undefined && found.endsAtMs > Date.now() ? found.payload : undefined;
  };
  const findWhere = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const [id, { payload }] of kept) if (matches(payload)) return find(id);
    return undefined;
  };
  return {
    upsert: async (id, payload, expiresInS) => {
      kept.set(id, { payload, endsAtMs: expiresInS === undefined ? Infinity : Date.now() + expiresInS * 1000 });
    },
    find: async (id) => find(id),
    findByUid: async (uid) => findWhere((payload) => payload.uid === uid),
    findByUserCode: async (userCode) => findWhere((payload) => payload.userCode === userCode),
    consume: async (id) => {
      const found = kept.get(id);
      if (found !== undefined) found.payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => {
      kept.delete(id);
    },
    revokeByGrantId: async (grantId) => {
      for (const [id, { payload }] of kept) if (payload.grantId === grantId) kept.delete(id);
    },
  };
}
