// A whole broker behind a real HTTP port: the people of its world are let in by access tokens of a real OpenID provider.
// It can refuse, be slow to be there, or not be there at all.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { World } from './broker-world.ts';
import { DESKTOP_CLIENT_ID } from './oidc/clients.ts';
import { startProvider, type ProviderOptions, type TestProvider } from './oidc/provider.ts';

export const AUDIENCE = 'https://daypass.example.org';

export type HttpBroker = {
  readonly url: string;
  readonly provider: TestProvider;
  readonly seen: readonly { readonly path: string; readonly status: number }[];
  /** Nobody is known from now on, whatever their token says. */
  readonly knowNobody: (nobody: boolean) => void;
  /** Closes the port and every connection. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export async function openHttpBroker(world: World, options: Partial<ProviderOptions> = {}): Promise<HttpBroker> {
  const provider = await startProvider({ audience: AUDIENCE, ...options });
  const seen: { path: string; status: number }[] = [];
  let nobody = false;
  const offer = {
    name: 'Example Org',
    issuer: provider.issuer,
    clientId: DESKTOP_CLIENT_ID,
    scopes: ['openid', 'profile', 'offline_access', 'daypass'],
    audience: AUDIENCE,
  };

  async function userOf(request: Request): Promise<string | null> {
    const token = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token === undefined || nobody) return null;
    try {
      const keys = createLocalJWKSet({ keys: [...provider.jwks().keys] });
      const { payload } = await jwtVerify(token, keys, { issuer: provider.issuer, audience: AUDIENCE, typ: 'at+jwt' });
      return payload.sub ?? null;
    } catch {
      return null;
    }
  }
  async function answer(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/v1/sign-in') return Response.json(offer);
    return await world.call(request, await userOf(request));
  }
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const stop = new AbortController();
    outgoing.once('close', () => stop.abort());
    const url = `http://${incoming.headers.host}${incoming.url}`;
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers))
      if (typeof value === 'string') headers.set(name, value);
    const { method = 'GET' } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer); // A stream without an encoding gives buffers.
    const body = method === 'GET' ? null : Buffer.concat(chunks);
    const response = await answer(new Request(url, { method, headers, body, signal: stop.signal }));
    seen.push({ path: new URL(url).pathname, status: response.status });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) return void outgoing.end();
    Readable.fromWeb(response.body)
      .on('error', () => outgoing.destroy())
      .pipe(outgoing);
  }
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
    });
    return (server.address() as AddressInfo).port; // A TCP server has an address of this kind.
  };
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    provider,
    seen,
    knowNobody: (now) => {
      nobody = now;
    },
    cut,
    mend: async () => {
      if (!server.listening) await listen(port);
    },
    [Symbol.asyncDispose]: async () => {
      await cut();
      await provider[Symbol.asyncDispose]();
    },
  };
}
