// One attempt to sign in, as far as the provider goes: from the broker's word how one signs in there to the provider's word
// who it is. Keeps nothing, and decides nothing about what was granted.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { BrowserPort, Timers } from '../ports.ts';
import { signInByBrowser, type SignInFailed } from './browser-sign-in.ts';
import { signInByDeviceCode, type DeviceSignIn } from './device-sign-in.ts';
import type { Network } from './https-fetch.ts';
import { openProvider, type Provider, type ProviderRefused } from './provider.ts';
import { readSignInOffer, type OfferRefused, type SignInOffer } from './sign-in-offer.ts';
import type { Granted } from './token-answer.ts';

export type How = 'browser' | 'device_code';

/** Stable codes of what the last attempt failed by. */
export type AttemptFailed = SignInFailed | OfferRefused | 'provider_unreachable' | 'another_account' | 'not_fresh';

export type AskOptions = {
  readonly brokerUrl: string;
  readonly network: Pick<Network, 'fetch'>;
  readonly browser: BrowserPort;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  /** This machine's own clock, by which the library judges ID tokens. */
  readonly wallMs: () => EpochMs;
};

type Asking = Pick<DeviceSignIn, 'again' | 'signal' | 'show'> & {
  readonly how: How;
  readonly onOffer: (offer: SignInOffer) => void;
};

/** From the broker's word how one signs in there to the provider's word who it is. */
export async function ask(
  options: AskOptions,
  providers: Providers,
  { how, onOffer, ...asking }: Asking,
): Promise<Result<{ readonly granted: Granted; readonly offer: SignInOffer }, AttemptFailed>> {
  const offer = await readSignInOffer(options.network, options.brokerUrl);
  if (!offer.ok) return offer;
  onOffer(offer.value);
  const provider = await providers.anew(offer.value);
  if (!provider.ok) return err(provider.error === 'unreachable' ? 'provider_unreachable' : provider.error);
  const wish = { ...options, ...asking, provider: provider.value };
  const granted = how === 'browser' ? await signInByBrowser(wish) : await signInByDeviceCode(wish);
  if (!granted.ok) return err(granted.error === 'unreachable' ? 'provider_unreachable' : granted.error);
  return ok({ granted: granted.value, offer: offer.value });
}

export type Providers = {
  readonly of: (offer: SignInOffer) => Promise<Result<Provider, ProviderRefused>>;
  readonly anew: (offer: SignInOffer) => Promise<Result<Provider, ProviderRefused>>;
};

/** Each is read once for refreshes, and anew for a sign-in: the keys that verify ID tokens may be others by then. */
export function createProviders(options: AskOptions): Providers {
  const opened = new Map<string, Provider>();
  const nameOf = ({ issuer, clientId, audience }: SignInOffer): string => JSON.stringify([issuer, clientId, audience]);
  const anew: Providers['anew'] = async (offer) => {
    const wallBehindMs = (): number => options.now() - options.wallMs();
    const provider = await openProvider({ ...options, offer, wallBehindMs });
    if (provider.ok) opened.set(nameOf(offer), provider.value);
    return provider;
  };
  return {
    anew,
    of: async (offer) => {
      const known = opened.get(nameOf(offer));
      return known === undefined ? await anew(offer) : ok(known);
    },
  };
}
