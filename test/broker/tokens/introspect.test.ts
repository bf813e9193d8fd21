import { describe, expect, it } from 'vitest';
import type { LiveCredential } from '#broker/access/live-credentials.ts';
import type { TokenRefusal } from '#broker/tokens/access-tokens.ts';
import { introspect, type IntrospectionQuestion } from '#broker/tokens/introspect.ts';
import { claimsOf } from '#broker/tokens/sign-access-token.ts';
import { ISSUER, NOW_MS, order } from './orders.ts';

const claims = claimsOf(order({ actions: ['read', 'read_pii'] }), {
  issuer: ISSUER,
  nowMs: NOW_MS,
  maxTokenLifeMs: 86_400_000,
});
const live: LiveCredential = {
  credentialId: claims.jti,
  grantId: claims.grant_id,
  requestId: 'req_A',
  subject: claims.sub,
  resource: claims.aud,
  actions: ['read', 'read_pii'],
  endsAtMs: order().endsAtMs,
  catalogHash: '',
  endsWithOperation: false,
};

function ask(over: Partial<IntrospectionQuestion> = {}, credential: LiveCredential | null = live) {
  return introspect({
    verified: { ok: true, value: claims },
    findLive: (id) => (id === credential?.credentialId ? credential : null),
    probe: () => 'works',
    audiences: ['dataset:other', claims.aud],
    nowMs: NOW_MS,
    ...over,
  });
}

describe('introspection', () => {
  it('tells the server of the resource what the token says, and nothing of the person', () => {
    const answer = ask();
    expect(answer).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: ISSUER,
      sub: claims.sub,
      aud: claims.aud,
      client_id: claims.client_id,
      iat: claims.iat,
      nbf: claims.nbf,
      exp: claims.exp,
      jti: claims.jti,
      grant_id: claims.grant_id,
      authorization_details: claims.authorization_details,
    });
    expect(answer).not.toHaveProperty('username');
  });

  const refusals: readonly TokenRefusal[] = ['malformed', 'bad_signature', 'expired', 'wrong_issuer', 'not_yet_valid'];
  const inactive: readonly (readonly [string, ReturnType<typeof ask>])[] = [
    ...refusals.map((error) => [`a token that is ${error}`, ask({ verified: { ok: false, error } })] as const),
    ['a revoked token', ask({}, null)],
    ['what the gateway refuses', ask({ probe: () => 'refused' })],
    ['a token of another audience', ask({ audiences: ['dataset:other'] })],
    ['a server that serves nothing', ask({ audiences: [] })],
    ['a token whose grant is over', ask({ nowMs: live.endsAtMs })],
    ['a credential of another grant', ask({}, { ...live, grantId: 'grt_B' })],
    ['a credential of another subject', ask({}, { ...live, subject: 'sub_B' })],
    ['a credential of another resource', ask({}, { ...live, resource: 'dataset:other' })],
    ['a credential without a common action', ask({}, { ...live, actions: ['export'] })],
  ];
  it.each(inactive)('says active: false, and no more, of %s', (_name, answer) => {
    expect(answer).toEqual({ active: false });
  });

  it('never tells more than is live: fewer actions, an earlier end', () => {
    const narrowed = ask({}, { ...live, actions: ['read'], endsAtMs: NOW_MS + 1750 });
    expect(narrowed).toMatchObject({ exp: claims.iat + 2, authorization_details: [{ actions: ['read'] }] });
  });
});
