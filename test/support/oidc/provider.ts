// A real OpenID provider on loopback for tests and the demo: people who sign in at its page, and tokens without it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { ACCOUNTS, NIGHTLY, type Account, type ServiceAccount } from './accounts.ts';
import { DESKTOP_CLIENT_ID, nativeClient, serviceClient, STRANGE_CLIENT_ID } from './clients.ts';
import { configuration, type Setup } from './configuration.ts';
import { memoryAdapter } from './memory-adapter.ts';
import { mintToken, type Mint, type TokenWish } from './mint-token.ts';
import { handleSignIn, isSignIn } from './sign-in.ts';
import { makeSigningKey, publicPart, type SigningKey } from './signing-keys.ts';

export type ProviderOptions = {
  /** Default: any free one. */
  readonly port?: number;
  /** The broker's name, which tokens are for: an absolute URI. */
  readonly audience: string;
  readonly accounts?: readonly Account[];
  readonly services?: readonly ServiceAccount[];
  /** Beside the desktop and the services. */
  readonly clients?: readonly ClientMetadata[];
  /** Default: 15 minutes. */
  readonly accessTokenTtlS?: number;
  /** Default: 14 days. */
  readonly refreshTokenTtlS?: number;
};

export type TestProvider = {
  readonly issuer: string;
  readonly audience: string;
  readonly port: number;
  /** An access token with a genuine signature, at once and without a browser. */
  readonly tokenFor: (account: Account, wish?: TokenWish) => Promise<string>;
  /** Signs in and refreshes no more; tokens that are out stay as they are. */
  readonly disable: (account: Account) => void;
  readonly enable: (account: Account) => void;
  /** A new key signs from now on. The earlier ones stay published unless they are to be forgotten. */
  readonly rotateKeys: (options?: { readonly forgetEarlier?: boolean }) => Promise<void>;
  /** Sign-ins at the page count as made so long ago, until told otherwise. */
  readonly setSignInAgeMs: (ageMs: number) => void;
  /** How many refresh tokens were taken back. */
  readonly revocations: () => number;
  readonly jwks: () => { readonly keys: readonly JWK[] };
  /** What tokens are signed with now: for tests that forge. */
  readonly mint: () => Mint;
  /** Closes the port and all connections; who signed in, and the keys, are kept. */
  readonly stop: () => Promise<void>;
  /** Listens again on the same port. */
  readonly start: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What changes while it runs. */
type State = {
  keys: readonly [SigningKey, ...SigningKey[]];
  signInAgeMs: number;
  revocations: number;
  handle: Handler;
  server: Server | null;
};

/** Starts it on 127.0.0.1. Rejects when the port is taken. */
export async function startProvider(options: ProviderOptions): Promise<TestProvider> {
  const { audience, accessTokenTtlS = 900, services = [NIGHTLY] } = options;
  const accounts = new Map((options.accounts ?? ACCOUNTS).map((account) => [account.login, account]));
  const disabled = new Set<string>();
  const state: State = {
    keys: [await makeSigningKey()],
    signInAgeMs: 0,
    revocations: 0,
    handle: () => {},
    server: null,
  };
  const port = await listen(state, options.port ?? 0);
  const issuer = `http://127.0.0.1:${port}`;
  const setup: Omit<Setup, 'keys'> = {
    audience,
    accessTokenTtlS,
    refreshTokenTtlS: options.refreshTokenTtlS ?? 14 * 86_400,
    services,
    clients: clientsOf(services, options.clients ?? []),
    adapter: memoryAdapter(),
    accountOf: (login) => (disabled.has(login) ? null : (accounts.get(login) ?? null)),
  };
  state.handle = handlerOf(issuer, setup, state);
  const mint = (): Mint => ({ issuer, audience, ttlS: accessTokenTtlS, key: state.keys[0] });
  const stop = async (): Promise<void> => await close(state);
  return {
    issuer,
    audience,
    port,
    tokenFor: async (account, wish) => await mintToken(mint(), account, wish),
    disable: ({ login }) => void disabled.add(login),
    enable: ({ login }) => void disabled.delete(login),
    rotateKeys: async ({ forgetEarlier = false } = {}) => {
      state.keys = [await makeSigningKey(), ...(forgetEarlier ? [] : state.keys)];
      state.handle = handlerOf(issuer, setup, state);
    },
    setSignInAgeMs: (ageMs) => {
      state.signInAgeMs = ageMs;
    },
    revocations: () => state.revocations,
    jwks: () => ({ keys: state.keys.map((key) => publicPart(key)) }),
    mint,
    stop,
    start: async () => void (await listen(state, port)),
    [Symbol.asyncDispose]: stop,
  };
}

function clientsOf(services: readonly ServiceAccount[], more: readonly ClientMetadata[]): readonly ClientMetadata[] {
  const native = [DESKTOP_CLIENT_ID, STRANGE_CLIENT_ID].map((id) => nativeClient(id));
  return [...native, ...services.map((service) => serviceClient(service)), ...more];
}

/** The provider's keys are fixed when it is made, so other keys are another provider over the same memory. */
function handlerOf(issuer: string, setup: Omit<Setup, 'keys'>, state: State): Handler {
  const provider = new Provider(issuer, configuration({ ...setup, keys: state.keys }));
  provider.on('refresh_token.destroyed', () => (state.revocations += 1));
  const serve = provider.callback();
  return (request, response) => {
    const deps = { provider, accountOf: setup.accountOf, signInAgeMs: state.signInAgeMs };
    const answered = isSignIn(request)
      ? handleSignIn(deps, request, response)
      : Promise.resolve(serve(request, response));
    answered.catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error('unknown')));
  };
}

/** Gives the port. */
async function listen(state: State, port: number): Promise<number> {
  const server = createServer((request, response) => state.handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
  });
  state.server = server;
  return (server.address() as AddressInfo).port; // A TCP server has an address of this kind.
}

async function close({ server }: State): Promise<void> {
  if (server === null || !server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
