// The desktop's only way out: to a team's broker and to the organisation's sign-in. TLS is always checked, no proxy of the
// environment sees a credential, no redirect carries one elsewhere, and no answer is endless but a stream of events.
import { Agent, request as send } from 'undici';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { checkedConnector } from '#shared/network/checked-connector.ts';
import { isSafeAddress } from './broker-address.ts';

export type Network = {
  /** Rejects what is not https (or http on this machine), answers that redirect, and whatever does not answer in time. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** After a sleep: what is open may be dead without having said so, and nothing new is sent over it. */
  readonly renew: () => void;
  /** Ends every call. */
  readonly close: () => Promise<void>;
};

const CONNECT_MS = 10 * SECOND_MS;
const HEADERS_MS = 30 * SECOND_MS;
/** Between two pieces of an answer; a stream of events has one each 15 s. */
const IDLE_MS = MINUTE_MS;
const MOST_BYTES = 16 * 1024 * 1024;
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** Said to be the connection's own, or made by us. */
const NOT_SENT: ReadonlySet<string> = new Set(['connection', 'content-length', 'host', 'transfer-encoding']);

/** `authorities`: PEM certificates that are trusted; without them those of the system and of the program. */
export function openNetwork(authorities?: readonly string[]): Network {
  // Read when the first connection is made: most desktops use their own broker and never need them.
  let agent: Agent | null = null;
  const agents = new Set<Agent>();
  const open = (): Agent => {
    const opened = new Agent({
      connect: checkedConnector(authorities, CONNECT_MS),
      connections: 16,
      pipelining: 1,
      headersTimeout: HEADERS_MS,
      bodyTimeout: IDLE_MS,
      maxHeaderSize: 16 * 1024,
    });
    agents.add(opened);
    return opened;
  };
  return {
    fetch: async (request) => await call((agent ??= open()), request),
    renew: () => {
      const old = agent;
      agent = null;
      if (old === null) return;
      // What is under way may yet be answered: a sign-in that is being refreshed must not be thrown away.
      void old
        .close()
        .catch(() => undefined)
        .finally(() => agents.delete(old));
    },
    close: async () => void (await Promise.all(Array.from(agents, async (each) => await each.destroy()))),
  };
}

async function call(agent: Agent, request: Request): Promise<Response> {
  if (!isSafeAddress(request.url)) throw new Error('not an address that is spoken to');
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!NOT_SENT.has(name)) headers[name] = value;
  const bytes = request.body === null ? null : Buffer.from(await request.arrayBuffer());
  const answer = await send(request.url, {
    dispatcher: agent,
    method: request.method as 'GET' | 'POST', // The methods of the API; undici's type lists them all.
    headers,
    body: bytes,
    signal: request.signal,
  });
  // Whoever reads it is told by the reading; a body that is thrown away must not end the program.
  answer.body.on('error', () => undefined);
  // What is left of a body that nobody reads keeps its connection.
  if (answer.statusCode >= 300 && answer.statusCode < 400) {
    answer.body.destroy();
    throw new Error('an answer that leads elsewhere');
  }
  const streams = String(answer.headers['content-type'] ?? '').startsWith('text/event-stream');
  const body = NO_BODY.has(answer.statusCode) ? null : limited(answer.body, streams ? Infinity : MOST_BYTES);
  if (body === null) await answer.body.dump();
  return new Response(body, { status: answer.statusCode, headers: headersOf(answer.headers) });
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw))
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  return headers;
}

type Readable = AsyncIterable<Uint8Array> & { readonly destroy: () => unknown };

function limited(body: Readable, mostBytes: number): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await pieces.next();
        if (next.done === true) return controller.close();
        bytes += next.value.byteLength;
        if (bytes > mostBytes) {
          body.destroy();
          throw new Error('an answer without end');
        }
        controller.enqueue(new Uint8Array(next.value));
      },
      cancel: () => void body.destroy(),
    },
    { highWaterMark: 0 },
  );
}
