import { describe, expect, it } from 'vitest';
import { createLiveCredentials, type LiveCredential } from '#broker/access/live-credentials.ts';
import { createJwtIssuer } from '#broker/issuers/jwt.ts';
import { createAccessTokens } from '#broker/tokens/access-tokens.ts';
import { fixedKeys, makeKey, MAX_LIFE_MS } from '#test/broker/tokens/fixed-keys.ts';
import { ISSUER, NOW_MS, order, testClock } from '#test/broker/tokens/orders.ts';

const key = await makeKey();

function parts() {
  const clock = testClock();
  const tokens = createAccessTokens({
    issuer: ISSUER,
    keys: fixedKeys([key], clock),
    clock,
    maxTokenLifeMs: MAX_LIFE_MS,
  });
  const live = createLiveCredentials();
  const probe = (credentialId: string) => (live.find(credentialId) === null ? 'refused' : 'works');
  return { tokens, live, issuer: createJwtIssuer({ tokens, live, probe }) };
}

const credential: LiveCredential = {
  credentialId: order().credentialId,
  grantId: order().grantId,
  requestId: 'req_A',
  subject: order().subject,
  resource: order().resource,
  actions: order().actions,
  endsAtMs: order().endsAtMs,
  catalogHash: '',
  endsWithOperation: false,
};

describe('the jwt issuer', () => {
  it('issues a token that ends with the whole second before the grant does, and says so', async () => {
    const { issuer, tokens } = parts();
    const issued = await issuer.issue(order({ endsAtMs: NOW_MS + 10_900 }));
    expect(issued).toMatchObject({ kind: 'bearer_token', expiresAtMs: NOW_MS - 250 + 11_000 });
    expect((await tokens.verify(issued.secret, { audience: null, nowMs: issued.expiresAtMs - 1 })).ok).toBe(true);
    expect((await tokens.verify(issued.secret, { audience: null, nowMs: issued.expiresAtMs })).ok).toBe(false);
  });

  it('does not make a credential live: that is for who committed it', async () => {
    const { issuer } = parts();
    await issuer.issue(order());
    expect(await issuer.probe(order().credentialId)).toBe('refused');
  });

  it('revokes at once, again without complaint, and tells who waits', async () => {
    const { issuer, live } = parts();
    live.add(credential);
    let cut = 0;
    live.onRemoved(credential.credentialId, () => (cut += 1));
    expect(await issuer.probe(credential.credentialId)).toBe('works');
    await issuer.revoke(credential.credentialId);
    expect(await issuer.probe(credential.credentialId)).toBe('refused');
    await issuer.revoke(credential.credentialId);
    await issuer.revoke('crd_never_was');
    expect(cut).toBe(1);
  });

  it('never takes a probe that could not be asked for a refusal', async () => {
    const { tokens, live } = parts();
    const issuer = createJwtIssuer({
      tokens,
      live,
      probe: () => {
        throw new Error('the gateway is not listening');
      },
    });
    await expect(issuer.probe('crd_A')).rejects.toThrow('not listening');
  });
});
