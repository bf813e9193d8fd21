// The organisation's OpenID provider as this desktop uses it: a public client with PKCE (RFC 8252). Every ID token is
// verified by the provider's published keys. What is thrown by the library never leaves: it may quote tokens.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  genericGrantRequest,
  initiateDeviceAuthorization,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  ResponseBodyError,
  tokenRevocation,
  type CustomFetch,
} from 'openid-client';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { isSafeAddress } from './broker-address.ts';
import type { Network } from './https-fetch.ts';
import type { SignInOffer } from './sign-in-offer.ts';
import { grantOf, type Granted } from './token-answer.ts';

/**
 * `rejected`: the provider does not take this code or token any more. `denied`: the person or the provider said no.
 * `pending`, `slow_down`: the person has not answered yet. `not_trusted`: an answer that cannot be believed, or a
 * provider that does not know this program.
 */
export type ProviderRefused = 'unreachable' | 'rejected' | 'denied' | 'pending' | 'slow_down' | 'not_trusted';

export type CodeRequest = {
  /** For the system browser. */
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
};

export type DeviceCode = {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly url: string;
  readonly expiresInMs: DurationMs;
  readonly intervalMs: DurationMs;
};

export type Provider = {
  /** `again`: the person has to prove themselves anew, whatever the browser remembers. */
  readonly askForCode: (redirectUri: string, again: boolean) => Promise<CodeRequest>;
  /** `answer` is the whole address that the browser came back to. */
  readonly exchange: (answer: URL, asked: CodeRequest) => Promise<Result<Granted, ProviderRefused>>;
  readonly askForDeviceCode: (again: boolean) => Promise<Result<DeviceCode, ProviderRefused>>;
  readonly pollDeviceCode: (deviceCode: string) => Promise<Result<Granted, ProviderRefused>>;
  readonly refresh: (refreshToken: string) => Promise<Result<Granted, ProviderRefused>>;
  /** RFC 7009. True also when it was not known any more. */
  readonly revoke: (refreshToken: string) => Promise<boolean>;
};

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const DEFAULT_INTERVAL_MS = 5 * SECOND_MS;

/** The way there is blocked. A TypeError, since the library passes only those on as they are. */
class Unreachable extends TypeError {
  override readonly name = 'Unreachable';
}

export type ProviderOptions = {
  readonly network: Pick<Network, 'fetch'>;
  readonly offer: SignInOffer;
  /** How far this machine's wall clock is behind trusted time; ID tokens are judged by it. */
  readonly wallBehindMs: () => DurationMs;
};

/** Reads the provider's own description of itself, whose issuer must be the very one that the broker named. */
export async function openProvider(options: ProviderOptions): Promise<Result<Provider, ProviderRefused>> {
  const { offer, network, wallBehindMs } = options;
  if (!isSafeAddress(offer.issuer)) return err('not_trusted');
  const insecure = new URL(offer.issuer).protocol === 'http:';
  const skew = Math.round(wallBehindMs() / SECOND_MS);
  const found = await attempt(
    async () =>
      await discovery(new URL(offer.issuer), offer.clientId, { [clockSkew]: skew }, None(), {
        [customFetch]: throughNetwork(network),
        execute: [enableNonRepudiationChecks, ...(insecure ? [allowInsecureRequests] : [])],
      }),
  );
  if (!found.ok) return found;
  // Without the second look at the signature, which is another call: should that fail, the token that the refresh has
  // just given would be lost, and the earlier one is spent. It came over TLS from where the first one was verified.
  const plain = new Configuration(found.value.serverMetadata(), offer.clientId, { [clockSkew]: skew }, None());
  plain[customFetch] = throughNetwork(network);
  if (insecure) allowInsecureRequests(plain);
  return ok(providerOf(found.value, plain, offer));
}

function providerOf(config: Configuration, plain: Configuration, offer: SignInOffer): Provider {
  const forBroker = audienceParameters(offer.audience);
  const scope = [...new Set(['openid', ...offer.scopes])].join(' ');
  return {
    askForCode: async (redirectUri, again) => {
      const verifier = randomPKCECodeVerifier();
      const [state, nonce] = [randomState(), randomNonce()];
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...forBroker,
        ...(again ? AGAIN : {}),
      });
      return { url: url.href, state, nonce, verifier };
    },
    exchange: async (answer, { state, nonce, verifier }) =>
      await granted(offer.issuer, async () => {
        const checks = {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        };
        return await authorizationCodeGrant(config, answer, checks, forBroker);
      }),
    askForDeviceCode: async (again) =>
      await attempt(async () => {
        const asked = await initiateDeviceAuthorization(config, {
          scope,
          ...forBroker,
          ...(again ? AGAIN_BY_CODE : {}),
        });
        const url = asked.verification_uri_complete ?? asked.verification_uri;
        if (!isSafeAddress(url) || !isSafeAddress(asked.verification_uri)) throw new Error('a page nobody may trust');
        return {
          deviceCode: asked.device_code,
          userCode: asked.user_code,
          url,
          expiresInMs: asked.expires_in * SECOND_MS,
          intervalMs: asked.interval === undefined ? DEFAULT_INTERVAL_MS : asked.interval * SECOND_MS,
        };
      }),
    pollDeviceCode: async (deviceCode) =>
      await granted(
        offer.issuer,
        async () => await genericGrantRequest(config, DEVICE_GRANT, { device_code: deviceCode, ...forBroker }),
      ),
    refresh: async (refreshToken) =>
      await granted(offer.issuer, async () => await refreshTokenGrant(plain, refreshToken, forBroker)),
    revoke: async (refreshToken) => {
      // A provider that knows no revocation leaves nothing to be tried later.
      if (config.serverMetadata().revocation_endpoint === undefined) return true;
      const revoked = await attempt(
        async () => await tokenRevocation(config, refreshToken, { token_type_hint: 'refresh_token' }),
      );
      return revoked.ok || revoked.error !== 'unreachable';
    },
  };
}

const AGAIN = { prompt: 'login', max_age: '0' } as const;
// A device's code has no prompt, and a provider may turn an age of zero into one, which it then forgets.
const AGAIN_BY_CODE = { max_age: '1' } as const;

/** RFC 8707 where the name is an address; `audience` is what others understand. */
function audienceParameters(audience: string): Readonly<Record<string, string>> {
  return URL.canParse(audience) ? { resource: audience } : { audience };
}

function throughNetwork(network: Pick<Network, 'fetch'>): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    let response: Response;
    try {
      response = await network.fetch(new Request(url, requestInit(method, headers, body, signal)));
    } catch {
      throw new Unreachable('the provider does not answer');
    }
    // Nothing was decided about the token or the code: it may be tried again.
    if (response.status >= 500 || response.status === 429) throw new Unreachable('the provider cannot answer');
    return response;
  };
}

function requestInit(
  method: string,
  headers: Record<string, string>,
  body: unknown,
  signal: AbortSignal | undefined,
): RequestInit {
  const text = body instanceof URLSearchParams || typeof body === 'string' ? String(body) : null;
  return { method, headers, body: text, ...(signal === undefined ? {} : { signal }) };
}

async function granted(
  issuer: string,
  run: () => Promise<Parameters<typeof grantOf>[0]>,
): Promise<Result<Granted, ProviderRefused>> {
  return await attempt(async () => grantOf(await run(), issuer));
}

async function attempt<T>(run: () => Promise<T>): Promise<Result<T, ProviderRefused>> {
  try {
    return ok(await run());
  } catch (error) {
    return err(refusalOf(error));
  }
}

function refusalOf(error: unknown): ProviderRefused {
  if (error instanceof Unreachable) return 'unreachable';
  if (error instanceof AuthorizationResponseError) return error.error === 'access_denied' ? 'denied' : 'not_trusted';
  if (error instanceof ResponseBodyError) return byCode(error.error);
  // The library's own time limit.
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT' ? 'unreachable' : 'not_trusted';
}

function byCode(code: string): ProviderRefused {
  switch (code) {
    case 'invalid_grant':
    case 'expired_token':
      return 'rejected';
    case 'access_denied':
      return 'denied';
    case 'authorization_pending':
      return 'pending';
    case 'slow_down':
      return 'slow_down';
    case 'temporarily_unavailable':
    case 'server_error':
      return 'unreachable';
    default:
      return 'not_trusted';
  }
}
