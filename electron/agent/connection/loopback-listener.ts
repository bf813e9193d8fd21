// Where the browser comes back to (RFC 8252, section 7.3): one answer with the right state, on 127.0.0.1 and a port of
// this moment, and then nothing listens any more. The path is fixed, since providers compare it with what they know.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECOND_MS } from '#shared/domain/time.ts';

const PATH = '/callback';
const MOST_CHARACTERS = 8192;

export type LoopbackListener = {
  readonly redirectUri: string;
  /** The whole address that the browser came back to with this state; rejects when it is closed before. */
  readonly answer: (state: string) => Promise<URL>;
  readonly close: () => void;
};

/** Listens from now on. Rejects when no port is to be had. */
export async function listenOnLoopback(): Promise<LoopbackListener> {
  let waiting: { readonly state: string; readonly take: (answer: URL) => void } | null = null;
  let giveUp: () => void = () => undefined;
  const server = createServer((request, response) => {
    const answer = waiting === null ? null : readAnswer(request, origin(), waiting.state);
    if (waiting === null || answer === null) return send(response, 404, 'There is nothing here.');
    const { take } = waiting;
    // One answer: a second one finds nobody.
    waiting = null;
    response.once('close', close);
    send(response, 200, 'Go back to Daypass. You can close this page.');
    take(answer);
  });
  server.headersTimeout = 10 * SECOND_MS;
  server.requestTimeout = 10 * SECOND_MS;
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
  // A TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const origin = (): string => `http://127.0.0.1:${port}`;
  function close(): void {
    waiting = null;
    server.close();
    server.closeAllConnections();
    giveUp();
  }
  return {
    redirectUri: `${origin()}${PATH}`,
    answer: async (state) =>
      await new Promise<URL>((resolve, reject) => {
        waiting = { state, take: resolve };
        giveUp = () => reject(new Error('nobody came back'));
      }),
    close,
  };
}

/** Null for whatever is not the answer that is waited for. */
function readAnswer({ method, url, headers }: IncomingMessage, origin: string, state: string): URL | null {
  if (method !== 'GET' || url === undefined || url.length > MOST_CHARACTERS || !url.startsWith('/')) return null;
  // A page of another name that leads to this address is not the provider.
  if (headers.host !== new URL(origin).host || !URL.canParse(url, origin)) return null;
  const answer = new URL(url, origin);
  if (answer.origin !== origin || answer.pathname !== PATH) return null;
  const states = answer.searchParams.getAll('state');
  return states.length === 1 && isSame(states[0] ?? '', state) ? answer : null;
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

function send(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(`<!doctype html><html lang="en"><title>Daypass</title><p>${words}</p></html>`);
}
