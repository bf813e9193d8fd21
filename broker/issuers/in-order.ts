// Keeps the steps of one credential in order: what ends it waits for an issue that is still under way, however late that
// is, so that nothing is made after it was said to be gone.
import type { Issuer } from './issuer.ts';

/** The same issuer; `revoke` and `probe` of a credential begin when no issue of it runs any more. */
export function inOrder(issuer: Issuer): Issuer {
  const issuing = new Map<string, Promise<unknown>>();
  const settled = async (credentialId: string): Promise<void> => {
    await issuing.get(credentialId)?.catch(() => undefined);
  };
  return {
    ...issuer,
    issue: async (order) => {
      const issue = issuer.issue(order);
      issuing.set(order.credentialId, issue);
      try {
        return await issue;
      } finally {
        issuing.delete(order.credentialId);
      }
    },
    revoke: async (credentialId) => {
      await settled(credentialId);
      await issuer.revoke(credentialId);
    },
    probe: async (credentialId) => {
      await settled(credentialId);
      return await issuer.probe(credentialId);
    },
  };
}
