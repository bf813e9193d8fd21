// Connections to HTTP upstreams. Every connection goes to an address that was judged for that very connection:
// the name is resolved here, once, and the socket gets the judged addresses only. Knows no requests and no secrets.
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { HttpUpstream } from '#shared/contracts/catalog.ts';
import type { GatewayLimits } from './limits.ts';
import { isAddressAllowed } from './upstream-address.ts';

/** Resolves a host name to all its addresses. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
}

export type UpstreamConnections = {
  readonly agentFor: (upstream: HttpUpstream) => Agent;
  readonly close: () => Promise<void>;
};

export const resolveWithSystem: ResolveHost = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });

/** One bad address refuses the name: a mixed answer is what rebinding looks like. */
function judgedLookup(resolveHost: ResolveHost, privateNetwork: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname).then(
      (addresses) => {
        const [first] = addresses;
        const allAllowed = addresses.every(({ address }) => isAddressAllowed(address, privateNetwork));
        if (first === undefined || !allAllowed)
          return callback(new AddressRefusedError('upstream address refused'), '', 0);
        if (options.all === true) return callback(null, [...addresses]);
        return callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };
}

function judgedConnector(
  limits: GatewayLimits,
  resolveHost: ResolveHost,
  privateNetwork: boolean,
): buildConnector.connector {
  const connect = buildConnector({
    lookup: judgedLookup(resolveHost, privateNetwork),
    timeout: limits.upstreamConnectMs,
    keepAlive: true,
    allowH2: false,
  });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    // A literal address never reaches the lookup.
    if (isIP(literal) !== 0 && !isAddressAllowed(literal, privateNetwork)) {
      return callback(new AddressRefusedError('upstream address refused'), null);
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      // What the socket is really connected to has the last word.
      if (!isAddressAllowed(socket.remoteAddress ?? '', privateNetwork)) {
        socket.destroy();
        return callback(new AddressRefusedError('upstream address refused'), null);
      }
      return callback(null, socket);
    });
  };
}

/** One pool per origin and network permission; upstreams with the same ones share it, since no secret lives in it. */
export function createUpstreamConnections(limits: GatewayLimits, resolveHost: ResolveHost): UpstreamConnections {
  const agents = new Map<string, Agent>();
  return {
    agentFor: (upstream) => {
      const key = `${upstream.privateNetwork ? 'private' : 'public'} ${new URL(upstream.url).origin}`;
      const known = agents.get(key);
      if (known !== undefined) return known;
      const agent = new Agent({
        connect: judgedConnector(limits, resolveHost, upstream.privateNetwork),
        connections: limits.connections,
        pipelining: 1,
        maxHeaderSize: limits.upstreamHeaderBytes,
        headersTimeout: limits.upstreamHeadersMs,
        bodyTimeout: limits.upstreamIdleMs,
      });
      agents.set(key, agent);
      return agent;
    },
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
}
