// Writes a Response to a socket: event streams as they come and as fast as they are read, everything else whole.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

export type SendOptions = {
  /** On every answer; the response's own headers win. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether this connection ends with the answer. */
  readonly last: boolean;
};

/** Gives when the answer is handed to the socket, or its caller has gone. Throws what the response's body throws. */
export async function sendResponse(to: ServerResponse, response: Response, options: SendOptions): Promise<void> {
  if (to.destroyed) return await letGo(response);
  const headers: Record<string, string> = { ...options.headers };
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  // A body that nobody read would hold up the next call on this connection.
  if (options.last || !to.req.complete) headers['connection'] = 'close';
  if (headers['content-type'] === 'text/event-stream') return await stream(to, response, headers);
  const body = Buffer.from(await response.arrayBuffer());
  // HEAD names the length of what GET would give, and has no body here any more.
  if (to.req.method !== 'HEAD') headers['content-length'] = String(body.length);
  to.writeHead(response.status, headers);
  to.end(body);
}

async function stream(to: ServerResponse, response: Response, headers: Record<string, string>): Promise<void> {
  // Proxies that buffer would hold events back.
  to.writeHead(response.status, { ...headers, 'x-accel-buffering': 'no' });
  if (to.req.method === 'HEAD' || response.body === null) {
    await letGo(response);
    to.end();
    return;
  }
  to.flushHeaders();
  const reader = response.body.getReader();
  const gone = (): void => void reader.cancel().catch(() => undefined);
  to.once('close', gone);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || to.destroyed) break;
      if (!to.write(value)) await drained(to);
    }
    to.end();
  } finally {
    to.off('close', gone);
    gone();
  }
}

async function drained(to: ServerResponse): Promise<void> {
  if (to.destroyed) return;
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })]);
  } finally {
    stop.abort();
  }
}

async function letGo(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
