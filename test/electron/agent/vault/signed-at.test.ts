import { expect, it } from 'vitest';
import { signedAtMs } from '#electron/agent/vault/signed-at.ts';

const token = (claims: string): string => `e30.${Buffer.from(claims).toString('base64url')}.c2ln`;

it.each([
  ['whole seconds', '{"iat":1795305600}', 1_795_305_600_000],
  ['parts of a second', '{"iat":1795305600.1234}', 1_795_305_600_123],
  ['a time that no clock has', '{"iat":1e300}', null],
  ['a text', '{"iat":"1795305600"}', null],
  ['nothing', '{}', null],
  ['a list', '[1]', null],
  ['no JSON', 'iat', null],
])('a token that says %s', (_what, claims, expected) => {
  expect(signedAtMs(token(claims))).toBe(expected);
});

it('reads nothing of what is no token', () => {
  for (const text of ['', 'a.b', 'a.b.c.d', 'dp_1234']) expect(signedAtMs(text)).toBeNull();
});
