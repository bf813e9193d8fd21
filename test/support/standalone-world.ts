// The world of broker-world.ts as a team sees it: the same people, each with access tokens of an OIDC issuer, over HTTP.
import { parse, stringify } from 'yaml';
import type { Caller } from '#broker/identity/caller.ts';
import type { TokenRefusal } from '#broker/identity/oidc/token-refusal.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import {
  BASE_URL,
  createHandClock,
  openEmbeddedWorld,
  START,
  type HandClock,
  type World,
  type WorldOptions,
} from './broker-world.ts';
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { CONFIG } from './world-files.ts';

export const AUDIENCE = 'https://daypass.example';
export const DESKTOP_CLIENT = 'daypass-desktop';
/** Tells what is true of devices and who works here. */
export const MDM = 'mdm';

export type TokenWish = {
  /** When the person signed in; null leaves it out. Default: now. */
  readonly authTimeMs?: EpochMs | null;
  /** Over the claims as they would be; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

export type StandaloneWorld = World & {
  readonly issuer: TokenIssuer;
  /** An access token as the issuer would give it to the user now. */
  readonly tokenFor: (user: string, wish?: TokenWish) => Promise<string>;
  /** From now on the user's calls come with tokens like this; without a wish, with fresh ones again. */
  readonly signIn: (user: string, wish?: TokenWish) => void;
  /** A raw call with this Authorization header. */
  readonly callWith: (request: Request, authorization: string | null) => Promise<Response>;
  /** Why tokens were refused, in order. */
  readonly refusals: (TokenRefusal | 'disabled')[];
};

export type StandaloneOptions = WorldOptions & {
  /** Over `identity.oidc` of the configuration, as one writes it there. */
  readonly oidc?: Readonly<Record<string, unknown>>;
  /** Users who have not signed in before the test begins. Default: nobody. */
  readonly strangers?: readonly string[];
  readonly remoteAddress?: string;
  /** Whose tokens are taken. Default: a small one without a server. */
  readonly issuerOf?: (clock: HandClock) => Promise<TokenIssuer>;
};

type User = {
  readonly name: string;
  readonly displayName: string;
  readonly kind?: 'service';
  readonly person?: string;
  readonly roles?: readonly string[];
  readonly teams?: readonly string[];
  readonly contractor?: boolean;
  readonly zoneinfo?: string;
  readonly audiences?: readonly string[];
};

type Document = { readonly identity: { readonly embedded: { readonly users: readonly User[] } } };

/** The configuration of an embedded world for a team: the same people and rules, another way to know them. */
export function standaloneConfig(oidc: Readonly<Record<string, unknown>> = {}, config = CONFIG): string {
  const embedded = parse(config) as Document;
  const services = usersOf(config)
    .filter(({ kind }) => kind === 'service')
    .map(({ name, displayName, audiences = [] }) => ({
      client: name,
      displayName,
      audiences,
    }));
  return stringify({
    ...embedded,
    mode: 'standalone',
    issuer: 'urn:daypass:test-team',
    listen: { host: '127.0.0.1', port: 0 },
    gateway: { host: '127.0.0.1', port: 0 },
    identity: {
      oidc: {
        issuer: 'https://id.example',
        audience: AUDIENCE,
        clients: [DESKTOP_CLIENT],
        desktop: { client: DESKTOP_CLIENT },
        services: [...services, { client: MDM, displayName: 'Device management', provisioning: true }],
        algorithms: ['ES256'],
        adminRoles: ['admin'],
        // Tests move the clock by hours; those that are about proving oneself anew set it.
        reproveWithin: null,
        holidays: ['2026-12-25'],
        ...oidc,
      },
    },
  });
}

function usersOf(config: string): readonly User[] {
  return (parse(config) as Document).identity.embedded.users;
}

/** Opens a broker for a team. Everybody has signed in once, and each device is known as managed once it is enrolled. */
export async function standaloneWorld(options: StandaloneOptions = {}): Promise<StandaloneWorld> {
  const clock = createHandClock(Date.parse(options.startAt ?? START));
  const users = usersOf(options.config ?? CONFIG);
  const issuer =
    (await options.issuerOf?.(clock)) ??
    (await createTokenIssuer({ audience: AUDIENCE, clientId: DESKTOP_CLIENT, now: clock.now }));
  const refusals: StandaloneWorld['refusals'] = [];
  const wishes = new Map<string, TokenWish>();
  const remoteAddress = options.remoteAddress ?? '192.0.2.7';
  const tokenFor: StandaloneWorld['tokenFor'] = async (user, wish = wishes.get(user)) =>
    await userToken({ issuer, users, nowMs: clock.now() }, user, wish);
  const callerOf = async (user: string | null): Promise<Caller> => ({
    kind: 'http',
    authorization: user === null ? null : `Bearer ${await tokenFor(user)}`,
    remoteAddress,
  });
  const world = await openEmbeddedWorld({
    ...options,
    clock,
    callerOf,
    config: standaloneConfig({ issuer: issuer.issuer, ...options.oidc }, options.config),
    broker: {
      ...options.broker,
      fetchIssuerJson: issuer.fetchJson,
      onRefusedToken: (reason) => refusals.push(reason),
    },
  });
  const everybody = [...users.map(({ name }) => name), MDM];
  for (const user of everybody) {
    if (options.strangers?.includes(user) !== true) await world.call(new Request(`${BASE_URL}/v1/me`), user);
  }
  return {
    ...world,
    as: async (user, deviceName) => {
      const client = await world.as(user, deviceName);
      await tellFacts(world, (await world.deviceKey(user, deviceName)).device);
      return client;
    },
    issuer,
    tokenFor,
    signIn: (user, wish) => void (wish === undefined ? wishes.delete(user) : wishes.set(user, wish)),
    callWith: async (request, authorization) =>
      await world.callBy(request, { kind: 'http', authorization, remoteAddress }),
    refusals,
  };
}

async function tellFacts(world: World, device: string): Promise<void> {
  const facts = { managed: true, diskEncrypted: true, country: 'DE' };
  const request = new Request(`${BASE_URL}/v1/devices/${device}/facts`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(facts),
  });
  const response = await world.call(request, MDM);
  if (!response.ok) throw new Error(`device facts were refused: ${await response.text()}`);
}

/** What the issuer says of a user of the configuration; of anybody else a token that nobody's key has signed. */
async function userToken(
  { issuer, users, nowMs }: { readonly issuer: TokenIssuer; readonly users: readonly User[]; readonly nowMs: EpochMs },
  name: string,
  { authTimeMs = nowMs, claims = {} }: TokenWish = {},
): Promise<string> {
  if (name === MDM) return await issuer.sign({ sub: name, client_id: name, ...claims });
  const user = users.find((each) => each.name === name);
  if (user === undefined) return await issuer.forge({ sub: name, ...claims });
  if (user.kind === 'service') return await issuer.sign({ sub: name, client_id: name, ...claims });
  const { displayName, person = name, roles, teams, contractor, zoneinfo } = user;
  const authTime = authTimeMs === null ? {} : { auth_time: Math.floor(authTimeMs / 1000) };
  return await issuer.sign({
    sub: name,
    name: displayName,
    person,
    roles,
    teams,
    contractor,
    zoneinfo,
    ...authTime,
    ...claims,
  });
}
