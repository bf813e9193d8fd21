// What a team's broker says about how one signs in to it: read before anybody is anybody there.
import { z } from 'zod';
import { urlOf } from '#shared/client/url-of.ts';
import type { BrokerFound } from '#shared/contracts/desktop/connection.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS, parseDuration, type DurationMs } from '#shared/domain/time.ts';
import { cleanLine } from '../clean-text.ts';
import { isSafeAddress } from './broker-address.ts';
import type { Network } from './https-fetch.ts';

const offerSchema = z.object({
  name: z.string().min(1).max(200),
  issuer: z.string().max(500).refine(isSafeAddress),
  clientId: z.string().min(1).max(200),
  scopes: z.array(z.string().regex(/^[!#-[\]-~]{1,200}$/)).max(32),
  /** What access tokens for this broker name. */
  audience: z.string().min(1).max(500),
  /** How recent a sign-in must be where the broker demands a fresh one; ISO 8601. */
  freshSignIn: z.string().optional(),
});

export type SignInOffer = {
  /** What the broker calls itself, cleaned. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly freshForMs: DurationMs;
};

/** `no_broker`: something else answers there. `unreachable`: nothing does, or it could not prove who it is. */
export type OfferRefused = 'no_broker' | 'unreachable';

const PATIENCE_MS = 15 * SECOND_MS;
const FRESH_MS = 5 * MINUTE_MS;
const MOST_CHARACTERS = 20_000;

/** Asks `GET /v1/sign-in`. Changes nothing, sends nothing about this person or desktop. */
export async function readSignInOffer(
  network: Pick<Network, 'fetch'>,
  brokerUrl: string,
): Promise<Result<SignInOffer, OfferRefused>> {
  let text: string;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const request = new Request(urlOf(brokerUrl, '/v1/sign-in'), { headers: { accept: 'application/json' }, signal });
    const response = await network.fetch(request);
    text = await response.text();
    if (!response.ok) return err(response.status >= 500 ? 'unreachable' : 'no_broker');
  } catch {
    return err('unreachable');
  }
  return parse(text);
}

function parse(text: string): Result<SignInOffer, OfferRefused> {
  if (text.length > MOST_CHARACTERS) return err('no_broker');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err('no_broker');
  }
  const offer = offerSchema.safeParse(json);
  if (!offer.success) return err('no_broker');
  const { name, freshSignIn, ...rest } = offer.data;
  const freshFor = freshSignIn === undefined ? null : parseDuration(freshSignIn);
  return ok({ ...rest, name: cleanLine(name, 120), freshForMs: freshFor?.ok === true ? freshFor.value : FRESH_MS });
}

export function brokerFound(url: string, { name, issuer }: SignInOffer): BrokerFound {
  return { url, name, signInHost: new URL(issuer).host };
}
