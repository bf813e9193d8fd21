// The world of a team as callers meet it: over the listener's real socket, with tokens of a real OpenID provider.
import type { Caller } from '#broker/identity/caller.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { BASE_URL, type WorldOptions } from './broker-world.ts';
import { issuerOfProvider } from './oidc/provider-issuer.ts';
import { startProvider, type TestProvider } from './oidc/provider.ts';
import {
  AUDIENCE,
  DESKTOP_CLIENT,
  standaloneWorld,
  type StandaloneOptions,
  type StandaloneWorld,
} from './standalone-world.ts';
import { openWire, type Wire } from './wire.ts';

export type HttpWorld = StandaloneWorld & {
  readonly provider: TestProvider;
  readonly wire: Wire;
  /** By the user's device, for a call of this path. */
  readonly proofFor: (user: string, call: { readonly method: string; readonly path: string }) => Promise<string>;
};

export type HttpOptions = Omit<StandaloneOptions, 'issuerOf' | 'carry' | 'remoteAddress'> & {
  readonly proxies?: readonly string[];
};

/** As `standaloneWorld`; the calls go through HTTP. Where a caller's token is none of the world's, its own header counts. */
export async function openHttpWorld(options: HttpOptions = {}): Promise<HttpWorld> {
  const provider = await startProvider({ audience: AUDIENCE });
  const troubles: { error: unknown; where: string }[] = [];
  let broker: Parameters<NonNullable<WorldOptions['carry']>>[2] | null = null;
  const wire = await openWire({
    publicUrl: BASE_URL,
    fetch: async (...call) => {
      if (broker === null) throw new Error('nobody called yet');
      return await broker(...call);
    },
    onTrouble: (error, where) => void troubles.push({ error, where }),
    ...(options.proxies === undefined ? {} : { proxies: options.proxies }),
  });
  const world = await standaloneWorld({
    ...options,
    broker: { publicUrl: BASE_URL, onCall: wire.known, ...options.broker },
    issuerOf: async ({ now }) => await issuerOfProvider(provider, { clientId: DESKTOP_CLIENT, now }),
    carry: async (request, caller, fetch) => {
      broker = fetch;
      return await wire.call(request, authorizationOf(caller));
    },
  });
  return {
    ...world,
    provider,
    wire,
    proofFor: async (user, { method, path }) => {
      const key = await world.deviceKey(user);
      return await signDeviceProof({ key, method, url: `${BASE_URL}${path}`, nowMs: world.clock.now() });
    },
    close: async () => {
      await world.close();
      await wire.close();
      await provider.stop();
      if (troubles.length > 0) throw new Error(`the listener had trouble: ${JSON.stringify(troubles.map(String))}`);
    },
  };
}

function authorizationOf(caller: Caller): string | null {
  return caller.kind === 'http' ? caller.authorization : null;
}
