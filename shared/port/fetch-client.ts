// The caller's end of a fetch port: looks like fetch, ends on another thread. The answer streams and can be aborted.
import type { MessagePort } from 'node:worker_threads';
import type { ToClient, ToServer } from './messages.ts';

export type FetchOverPort = (request: Request, user: string) => Promise<Response>;

export class PortClosedError extends Error {
  override readonly name = 'PortClosedError';
}

type Waiting = {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
  controller: ReadableStreamDefaultController<Uint8Array> | null;
};

/** Every call rejects with a PortClosedError once the other thread is gone. */
export function fetchOver(port: MessagePort): FetchOverPort {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed = false;
  const send = (message: ToServer): void => port.postMessage(message);

  port.on('message', (message: ToClient) => receive(waiting, send, message));
  port.on('close', () => {
    closed = true;
    for (const call of waiting.values()) fail(call, new PortClosedError('the broker stopped'));
    waiting.clear();
  });

  return async (request, user) => {
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    if (closed) throw new PortClosedError('the broker stopped');
    request.signal.throwIfAborted();
    const id = (lastId += 1);
    const answer = new Promise<Response>((resolve, reject) => waiting.set(id, { resolve, reject, controller: null }));
    request.signal.addEventListener('abort', () => abort(waiting, send, id, request.signal.reason), { once: true });
    send({ kind: 'call', id, user, method: request.method, url: request.url, headers: [...request.headers], body });
    return await answer;
  };
}

function abort(waiting: Map<number, Waiting>, send: (message: ToServer) => void, id: number, reason: unknown): void {
  const call = waiting.get(id);
  if (call === undefined) return;
  waiting.delete(id);
  send({ kind: 'abort', id });
  fail(call, reason instanceof Error ? reason : new DOMException('aborted', 'AbortError'));
}

function fail(call: Waiting, error: Error): void {
  if (call.controller === null) call.reject(error);
  else call.controller.error(error);
}

function receive(waiting: Map<number, Waiting>, send: (message: ToServer) => void, message: ToClient): void {
  const call = waiting.get(message.id);
  if (call === undefined) return;
  switch (message.kind) {
    case 'head':
      call.resolve(toResponse(message, call, send, () => waiting.delete(message.id)));
      if (!message.hasBody) waiting.delete(message.id);
      break;
    case 'chunk':
      call.controller?.enqueue(message.bytes);
      break;
    case 'end':
      waiting.delete(message.id);
      call.controller?.close();
      break;
    case 'failed':
      waiting.delete(message.id);
      fail(call, new Error('the broker failed to answer'));
      break;
  }
}

type Head = Extract<ToClient, { kind: 'head' }>;

function toResponse(head: Head, call: Waiting, send: (message: ToServer) => void, forget: () => void): Response {
  const init = { status: head.status, headers: head.headers.map(([name, value]): [string, string] => [name, value]) };
  if (!head.hasBody) return new Response(null, init);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      call.controller = controller;
    },
    pull: () => send({ kind: 'pull', id: head.id }),
    cancel: () => {
      forget();
      send({ kind: 'abort', id: head.id });
    },
  });
  return new Response(body, init);
}
