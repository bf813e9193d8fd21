// How the real provider is set up: RFC 9068 tokens for one audience (RFC 8707), PKCE, rotating refresh tokens, device flow.
import {
  type Configuration,
  type ClientMetadata,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { AdapterFactory } from 'oidc-provider';
import type { Account, ServiceAccount } from './accounts.ts';
import { personClaims, serviceClaims } from './claims.ts';
import { deviceCodePage, deviceConfirmPage, deviceDonePage, problemPage } from './pages.ts';
import { SIGNATURE_ALGORITHM, type SigningKey } from './signing-keys.ts';

/** The scope that every token for the broker has. */
const BROKER_SCOPE = 'daypass';

export type Setup = {
  readonly audience: string;
  readonly clients: readonly ClientMetadata[];
  readonly services: readonly ServiceAccount[];
  readonly accessTokenTtlS: number;
  readonly refreshTokenTtlS: number;
  readonly keys: readonly SigningKey[];
  readonly adapter: AdapterFactory;
  /** The account as known now; null when there is none, or it is disabled. */
  readonly accountOf: (login: string) => Account | null;
};

export function configuration(setup: Setup): Configuration {
  return {
    adapter: setup.adapter,
    clients: [...setup.clients],
    clientDefaults: { id_token_signed_response_alg: SIGNATURE_ALGORITHM },
    jwks: { keys: [...setup.keys] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: ['name', 'zoneinfo', 'person'] },
    scopes: ['openid', 'offline_access', BROKER_SCOPE],
    features: features(setup),
    findAccount: (_context, login) => findAccount(setup, login),
    extraTokenClaims: (context, token) => extraClaims(setup, context, token),
    interactions: { policy: signInOnly(), url: (_context, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: (context) => grantEverything(setup, context),
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    // A refresh token is of the desktop, not of the browser's session: the desktop outlives it.
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    renderError: (context, out) => {
      context.type = 'html';
      context.body = problemPage(out.error, out.error_description ?? '');
    },
    ttl: ttl(setup),
  };
}

function ttl({ accessTokenTtlS, refreshTokenTtlS }: Setup): Configuration['ttl'] {
  return {
    AccessToken: accessTokenTtlS,
    ClientCredentials: accessTokenTtlS,
    AuthorizationCode: 60,
    DeviceCode: 600,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: refreshTokenTtlS,
    Grant: refreshTokenTtlS,
    Session: refreshTokenTtlS,
  };
}

function features({ audience, accessTokenTtlS }: Setup): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (context, form, _out, error) => {
        context.body = deviceCodePage(form, error !== undefined);
      },
      userCodeConfirmSource: (context, form, _client, _info, code) => {
        context.body = deviceConfirmPage(form, code);
      },
      successSource: (context) => {
        context.body = deviceDonePage();
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => {
        if (resource !== audience) throw new errors.InvalidTarget();
        return {
          scope: BROKER_SCOPE,
          audience,
          accessTokenTTL: accessTokenTtlS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: SIGNATURE_ALGORITHM } },
        };
      },
    },
  };
}

/** Nobody is asked for consent: the company's provider trusts the company's app. */
function signInOnly(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
}

async function grantEverything({ audience }: Setup, { oidc }: KoaContextWithOIDC) {
  const grant = new oidc.provider.Grant({ accountId: oidc.session?.accountId, clientId: oidc.client?.clientId });
  grant.addOIDCScope('openid offline_access profile');
  grant.addResourceScope(audience, BROKER_SCOPE);
  await grant.save();
  return grant;
}

async function findAccount(setup: Setup, login: string) {
  const account = setup.accountOf(login);
  if (account === null) return undefined;
  const { name, zoneinfo, person } = account;
  return { accountId: login, claims: () => ({ sub: login, name, zoneinfo, person }) };
}

type TokenOfAPerson = {
  readonly kind: string;
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
};

function extraClaims(setup: Setup, { oidc }: KoaContextWithOIDC, token: TokenOfAPerson) {
  if (token.kind === 'ClientCredentials') {
    const service = setup.services.find(({ clientId }) => clientId === token.clientId);
    return service === undefined ? undefined : { ...serviceClaims(service) };
  }
  const account = setup.accountOf(token.accountId ?? '');
  const { AuthorizationCode, DeviceCode, RefreshToken } = oidc.entities;
  const authTimeS = (AuthorizationCode ?? DeviceCode ?? RefreshToken)?.authTime;
  if (account === null || authTimeS === undefined) throw new Error('a token without a person or without a sign-in');
  return { ...personClaims(account, { atMs: authTimeS * 1000 }) };
}
