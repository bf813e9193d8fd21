// What a provider's token endpoint answered, as this desktop keeps it. The library has verified the ID token by then.
import type { IDToken, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { cleanLine } from '../clean-text.ts';
import type { Account } from './sign-in-state.ts';

export type Granted = {
  readonly accessToken: string;
  /** From when the answer came. */
  readonly livesMs: DurationMs;
  /** Null: the provider gave none, or lets the earlier one stand. */
  readonly refreshToken: string | null;
  /** Null: an answer to a refresh need not say it again. */
  readonly account: Account | null;
  readonly provedAtMs: EpochMs | null;
};

/** A provider that does not say how long counts as one that says this. */
const SHORT_LIFE_MS = 5 * 60 * SECOND_MS;

/** Throws for a token that is no bearer token. */
export function grantOf(answer: TokenEndpointResponse & TokenEndpointResponseHelpers, issuer: string): Granted {
  if (answer.token_type !== 'bearer') throw new Error('not a bearer token');
  const claims = answer.claims();
  return {
    accessToken: answer.access_token,
    livesMs: answer.expires_in === undefined ? SHORT_LIFE_MS : answer.expires_in * SECOND_MS,
    refreshToken: answer.refresh_token ?? null,
    account: claims === undefined ? null : accountOf(claims, issuer),
    provedAtMs: claims?.auth_time === undefined ? null : claims.auth_time * SECOND_MS,
  };
}

function accountOf(claims: IDToken, issuer: string): Account {
  const words = [claims['name'], claims['preferred_username'], claims['email']];
  const name = words.find((word): word is string => typeof word === 'string' && word.trim() !== '');
  return { issuer, subject: claims.sub, name: cleanLine(name ?? claims.sub, 120) };
}
