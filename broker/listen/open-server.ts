// The sockets of a standalone broker: HTTP/1.1 with or without TLS, its limits on time, size and number. Knows no routes.
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { TlsFiles } from './tls-files.ts';

export type AnyServer = Server | TlsServer;

export type OpenServer = (options: ServerOptions) => AnyServer;

export type ServerLimits = {
  /** Open connections; one address has at most half of them. */
  readonly connections: number;
};

const MAX_HEADER_BYTES = 16_384;
const HEADERS_MS = 10 * SECOND_MS;
/** For a whole request; answers may take longer, event streams live for hours. */
const REQUEST_MS = 30 * SECOND_MS;
/** Longer than the idle time of usual proxies, so that they close first and none calls into a closing socket. */
const KEEP_ALIVE_MS = 75 * SECOND_MS;
/** A peer that neither sends nor takes anything: event streams have a comment every 15 s. */
const SILENCE_MS = 2 * MINUTE_MS;

/** For calls that are small both ways. Node answers 408 and 431 by itself and closes. */
export const API_SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: SECOND_MS,
  joinDuplicateHeaders: false,
};

/** Makes servers, and gives all of them another certificate when told. */
export type Servers = {
  readonly open: OpenServer;
  readonly setTls: (tls: TlsFiles) => void;
};

/** `tls` null: plain HTTP, on loopback or behind a proxy. */
export function createServers(tls: TlsFiles | null, limits: ServerLimits): Servers {
  const secure = new Set<TlsServer>();
  return {
    open: (options) => {
      const server = tls === null ? createServer(options) : createTlsServer({ ...options, ...contextOf(tls) });
      if ('setSecureContext' in server) secure.add(server);
      server.maxConnections = limits.connections;
      limitByAddress(server, Math.max(8, Math.floor(limits.connections / 2)));
      return server;
    },
    // Running connections keep the old one; new ones get the new one.
    setTls: (files) => {
      for (const server of secure) server.setSecureContext(contextOf(files));
    },
  };
}

function contextOf({ cert, key }: TlsFiles) {
  return { cert, key, minVersion: 'TLSv1.2', honorCipherOrder: true, handshakeTimeout: HEADERS_MS } as const;
}

/** Silence ends an API connection; a gateway has its own, longer limits. */
export function endSilence(server: AnyServer): void {
  server.setTimeout(SILENCE_MS);
}

/** One caller that opens connections and says nothing must not be able to take all of them. */
function limitByAddress(server: AnyServer, most: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count > most) socket.destroy();
  });
}
