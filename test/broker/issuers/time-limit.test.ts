// An issuer that hangs holds up nobody else, and is never taken for one that has revoked.
import { describe, expect, it } from 'vitest';
import type { Issuer } from '#broker/issuers/issuer.ts';
import { withTimeLimit } from '#broker/issuers/time-limit.ts';

const never = async (): Promise<never> => await new Promise<never>(() => undefined);
const hanging: Issuer = {
  name: 'hanging',
  revokeClass: () => ({ kind: 'instant' }),
  issue: never,
  revoke: never,
  probe: never,
};

describe('an issuer with a time limit', () => {
  it('rejects what does not answer in time', async () => {
    const issuer = withTimeLimit(hanging, 20);
    await expect(issuer.revoke('crd')).rejects.toMatchObject({ name: 'IssuerTimeoutError' });
    await expect(issuer.probe('crd')).rejects.toMatchObject({ name: 'IssuerTimeoutError' });
  });

  it('passes answers and errors on as they are', async () => {
    const answering: Issuer = {
      ...hanging,
      revoke: async () => await Promise.reject(new Error('the database is away')),
      probe: async () => await Promise.resolve('refused'),
    };
    const issuer = withTimeLimit(answering, 1000);
    await expect(issuer.probe('crd')).resolves.toBe('refused');
    await expect(issuer.revoke('crd')).rejects.toThrow('the database is away');
  });
});
