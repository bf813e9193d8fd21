// The answering end of a fetch port: turns messages into Requests for a handler and streams its Responses back.
import type { MessagePort } from 'node:worker_threads';
import type { CallMessage, ToClient, ToServer } from './messages.ts';

export type FetchHandler = (request: Request, user: string) => Promise<Response>;

type Send = (message: ToClient) => void;
type Running = { readonly stop: AbortController; reader: ReadableStreamDefaultReader<Uint8Array> | null };

/** Serves calls until the port closes. A handler that throws is answered as failed, without the reason. */
export function serveFetch(port: MessagePort, handler: FetchHandler): void {
  const running = new Map<number, Running>();
  const send: Send = (message) => {
    if (message.kind !== 'chunk') port.postMessage(message);
    // A copy of its own: a view would take all of the buffer behind it along, with whatever else is in there.
    else sendChunk(port, message.id, new Uint8Array(message.bytes));
  };
  port.on('message', (message: ToServer) => {
    if (message.kind === 'call') void answer(running, send, handler, message);
    else if (message.kind === 'pull') void pull(running, send, message.id);
    else abort(running, message.id);
  });
  port.on('close', () => {
    for (const id of running.keys()) abort(running, id);
  });
}

function sendChunk(port: MessagePort, id: number, bytes: Uint8Array<ArrayBuffer>): void {
  const message: ToClient = { kind: 'chunk', id, bytes };
  port.postMessage(message, [bytes.buffer]);
}

async function answer(
  running: Map<number, Running>,
  send: Send,
  handler: FetchHandler,
  { id, user, method, url, headers, body }: CallMessage,
): Promise<void> {
  const call: Running = { stop: new AbortController(), reader: null };
  running.set(id, call);
  try {
    const request = new Request(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: body === null ? null : Buffer.from(body),
      signal: call.stop.signal,
    });
    const response = await handler(request, user);
    if (response.status < 200) throw new RangeError('not an answer that can be rebuilt on the other side');
    if (call.stop.signal.aborted) {
      await response.body?.cancel();
      return;
    }
    call.reader = response.body?.getReader() ?? null;
    if (call.reader === null) running.delete(id);
    send({ kind: 'head', id, status: response.status, headers: [...response.headers], hasBody: call.reader !== null });
  } catch {
    running.delete(id);
    send({ kind: 'failed', id });
  }
}

async function pull(running: Map<number, Running>, send: Send, id: number): Promise<void> {
  const call = running.get(id);
  if (call?.reader == null) return;
  try {
    const next = await call.reader.read();
    if (next.done) {
      running.delete(id);
      send({ kind: 'end', id });
    } else send({ kind: 'chunk', id, bytes: next.value });
  } catch {
    running.delete(id);
    send({ kind: 'failed', id });
  }
}

function abort(running: Map<number, Running>, id: number): void {
  const call = running.get(id);
  if (call === undefined) return;
  running.delete(id);
  call.stop.abort();
  call.reader?.cancel().catch(() => undefined);
}
