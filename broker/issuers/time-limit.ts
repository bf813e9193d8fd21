// An issuer that does not answer counts as one that failed: expiries of other grants must not wait behind it.
import type { DurationMs } from '#shared/domain/time.ts';
import type { Issuer } from './issuer.ts';

export class IssuerTimeoutError extends Error {
  override readonly name = 'IssuerTimeoutError';
}

/**
 * The same issuer, each of whose steps rejects with an IssuerTimeoutError after `limitMs`. What it does after that is
 * dropped: a late credential is handed to nobody, and a revoke is tried again.
 */
export function withTimeLimit(issuer: Issuer, limitMs: DurationMs): Issuer {
  return {
    name: issuer.name,
    revokeClass: issuer.revokeClass,
    issue: async (order) => await limited(issuer.issue(order), limitMs),
    revoke: async (credentialId) => await limited(issuer.revoke(credentialId), limitMs),
    probe: async (credentialId) => await limited(issuer.probe(credentialId), limitMs),
    // It ends many, and nothing else waits for it: no limit.
    ...(issuer.endOrphans === undefined ? {} : { endOrphans: issuer.endOrphans }),
  };
}

async function limited<T>(step: Promise<T>, limitMs: DurationMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new IssuerTimeoutError(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([step, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
