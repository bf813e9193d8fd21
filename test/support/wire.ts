// Carries calls of tests over a real socket: the product's own listener on one side, a plain HTTP client on the other.
// Takes no decision for either of them.
import { Agent, request as send, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createCallLog, type CallLog } from '#broker/listen/call-log.ts';
import { listenApi, type Fetch } from '#broker/listen/listen-api.ts';
import { createLog } from '#broker/listen/log.ts';
import { createServers } from '#broker/listen/open-server.ts';
import { trustedProxies } from '#broker/listen/remote-address.ts';

export type Wire = {
  readonly port: number;
  /** Sends it as it is, with this Authorization header over its own; null: its own. Rejects when no answer comes. */
  readonly call: (request: Request, authorization: string | null) => Promise<Response>;
  /** Every call that reached the broker, as `GET /v1/me?x`. */
  readonly seen: readonly string[];
  /** Tells the listener's log whose call it was. */
  readonly known: CallLog['known'];
  /** Everything that the listener logged. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
};

export type WireOptions = {
  readonly fetch: Fetch;
  readonly publicUrl: string;
  readonly onTrouble: (error: unknown, where: string) => void;
  /** Whose X-Forwarded-For counts. Default: nobody's. */
  readonly proxies?: readonly string[];
};

/** The client says these itself, by what it sends. */
const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
/** Different in every answer: whoever compares two answers does not mean these. */
const OF_THE_MOMENT = new Set(['date', 'x-request-id']);
/** A larger body goes in chunks, as from a client that does not know its length. */
const WHOLE_BYTES = 16_384;

export async function openWire({ fetch, publicUrl, onTrouble, proxies = [] }: WireOptions): Promise<Wire> {
  let text = '';
  const calls = createCallLog(createLog({ write: (line) => void (text += line) }), () => undefined);
  const api = await listenApi({
    address: { host: '127.0.0.1', port: 0 },
    publicUrl,
    secure: false,
    servers: createServers(null, { connections: 1024 }),
    proxies: trustedProxies(proxies),
    calls,
    onTrouble,
  });
  const seen: string[] = [];
  api.serve(async (request, caller) => {
    seen.push(`${request.method} ${request.url.slice(publicUrl.length)}`);
    return await fetch(request, caller);
  });
  const agent = new Agent({ keepAlive: true });
  return {
    port: api.port,
    seen,
    known: calls.known,
    log: () => text,
    call: async (request, authorization) => {
      const { pathname, search } = new URL(request.url);
      const headers = Object.fromEntries([...request.headers].filter(([name]) => !OF_THE_CONNECTION.has(name)));
      const sent = send({
        agent,
        host: '127.0.0.1',
        port: api.port,
        method: request.method,
        path: `${pathname}${search}`,
        headers: { ...headers, host: new URL(publicUrl).host, ...(authorization === null ? {} : { authorization }) },
        signal: request.signal,
      });
      const answered = answerOf(sent);
      await sendBody(sent, request, answered);
      return await answered;
    },
    close: async () => {
      agent.destroy();
      await api.close(0);
    },
  };
}

function answerOf(sent: ClientRequest): Promise<Response> {
  const answer = new Promise<Response>((resolve, reject) => {
    sent.once('response', (message) => resolve(toResponse(message, sent.method)));
    sent.on('error', reject);
  });
  // It is waited for only once the body is sent.
  answer.catch(() => undefined);
  return answer;
}

/** A body that breaks off breaks the connection. An answer that comes before the end is an answer: the rest stays unsent. */
async function sendBody(sent: ClientRequest, request: Request, answered: Promise<unknown>): Promise<void> {
  const reader = request.body?.getReader();
  if (reader === undefined) return void sent.end();
  const first: Uint8Array[] = [];
  let bytes = 0;
  let over = false;
  void answered.then(
    () => (over = true),
    () => (over = true),
  );
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      if (bytes <= WHOLE_BYTES) {
        first.push(value);
        continue;
      }
      // Node's client does not frame the body of a method that usually has none.
      if (!sent.headersSent) sent.setHeader('transfer-encoding', 'chunked');
      for (const chunk of [...first.splice(0), value]) await write(sent, chunk);
      if (over) return await reader.cancel();
    }
  } catch {
    if (!sent.headersSent) sent.setHeader('transfer-encoding', 'chunked');
    for (const chunk of first) sent.write(chunk);
    sent.flushHeaders();
    return void setImmediate(() => sent.destroy(new Error('the body broke off')));
  }
  if (bytes <= WHOLE_BYTES) sent.setHeader('content-length', bytes);
  sent.end(Buffer.concat(first));
}

async function write(sent: ClientRequest, chunk: Uint8Array): Promise<void> {
  if (sent.destroyed || sent.write(chunk)) return;
  await new Promise<void>((resolve) => {
    for (const event of ['drain', 'close', 'response']) sent.once(event, () => resolve());
  });
}

function toResponse(message: IncomingMessage, method: string): Response {
  const headers = new Headers();
  for (let at = 0; at < message.rawHeaders.length; at += 2)
    if (!OF_THE_MOMENT.has((message.rawHeaders[at] ?? '').toLowerCase()))
      headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  const { statusCode: status = 0 } = message;
  const bodyless = method === 'HEAD' || status === 204 || status === 304;
  if (bodyless) message.resume();
  // The types of streams in the library and in Node differ in name only.
  const body = bodyless ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body as never, { status, headers });
}
