// The caller's end of a fetch port: looks like fetch, ends on another thread. The answer streams and can be aborted.
import type { MessagePort } from 'node:worker_threads';
import type { ToClient, ToServer } from './messages.ts';

export type FetchOverPort = (request: Request, user: string) => Promise<Response>;

export class PortClosedError extends Error {
  override readonly name = 'PortClosedError';
}

type Send = (message: ToServer) => void;

/** A call that is not over: waiting for its head (`stream` null), or for more of its body. */
type Waiting = {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
  /** Takes the call off the list; nothing that still comes for it is listened to. */
  readonly forget: () => void;
  stream: ReadableStreamDefaultController<Uint8Array> | null;
  /** Tells the stream that what it pulled has come. */
  pulled: () => void;
};

/** Every call rejects with a PortClosedError once the other thread is gone. */
export function fetchOver(port: MessagePort): FetchOverPort {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed = false;
  const send: Send = (message) => port.postMessage(message);

  port.on('message', (message: ToClient) => {
    const call = waiting.get(message.id);
    if (call !== undefined) receive(call, send, message);
  });
  port.on('close', () => {
    closed = true;
    for (const call of waiting.values()) fail(call, new PortClosedError('the broker stopped'));
  });

  return async (request, user) => {
    const { method, url, signal } = request;
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    if (closed) throw new PortClosedError('the broker stopped');
    signal.throwIfAborted();
    const id = (lastId += 1);
    return await new Promise<Response>((resolve, reject) => {
      const abort = (): void => {
        send({ kind: 'abort', id });
        fail(call, signal.reason);
      };
      const forget = (): void => {
        waiting.delete(id);
        signal.removeEventListener('abort', abort);
      };
      const call: Waiting = { resolve, reject, forget, stream: null, pulled: () => undefined };
      waiting.set(id, call);
      signal.addEventListener('abort', abort, { once: true });
      send({ kind: 'call', id, user, method, url, headers: [...request.headers], body });
    });
  };
}

function fail(call: Waiting, error: unknown): void {
  call.forget();
  if (call.stream === null) call.reject(error);
  else call.stream.error(error);
  call.pulled();
}

function receive(call: Waiting, send: Send, message: ToClient): void {
  switch (message.kind) {
    case 'head':
      call.resolve(toResponse(message, call, send));
      if (!message.hasBody) call.forget();
      break;
    case 'chunk':
      call.stream?.enqueue(message.bytes);
      call.pulled();
      break;
    case 'end':
      call.forget();
      call.stream?.close();
      call.pulled();
      break;
    case 'failed':
      fail(call, new Error('the broker failed to answer'));
      break;
  }
}

type Head = Extract<ToClient, { kind: 'head' }>;

function toResponse({ id, status, headers, hasBody }: Head, call: Waiting, send: Send): Response {
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) };
  if (!hasBody) return new Response(null, init);
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        call.stream = controller;
      },
      // One chunk at a time, and only when somebody reads: the other thread never runs ahead of the reader.
      pull: async () => {
        send({ kind: 'pull', id });
        await new Promise<void>((resolve) => {
          call.pulled = resolve;
        });
      },
      cancel: () => {
        call.forget();
        call.pulled();
        send({ kind: 'abort', id });
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, init);
}
