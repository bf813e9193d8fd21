// A receiver of sinks that answers as it is told, call by call, and keeps what it took. What it took and what it said are
// two things, as they are in a network.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type Call = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Unpacked; exactly what was sent. */
  readonly body: string;
};

/** What it does with one call. `took`: whether it kept what came. */
export type Behaviour = (call: Call, response: ServerResponse, socket: Socket) => { readonly took: boolean };

export type Receiver = {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Those that it kept, in the order in which they came. */
  readonly taken: readonly Call[];
  /** What it does from now on with each call that has no behaviour of its own. */
  readonly behave: (behaviour: Behaviour) => void;
  /** What it does with the next calls, one each. */
  readonly queue: (...behaviours: readonly Behaviour[]) => void;
  readonly close: () => Promise<void>;
};

type Certificate = { readonly key: string; readonly cert: string };

export async function openReceiver(certificate?: Certificate, port = 0): Promise<Receiver> {
  const calls: Call[] = [];
  const taken: Call[] = [];
  const waiting: Behaviour[] = [];
  let usual: Behaviour = accept();
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('end', () => {
      const call = callOf(request, Buffer.concat(pieces));
      calls.push(call);
      const { took } = (waiting.shift() ?? usual)(call, response, request.socket);
      if (took) taken.push(call);
    });
  };
  const server: Server = certificate === undefined ? createServer(handle) : createTlsServer(certificate, handle);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // Of a listening server on TCP it is one.
  const { port: taking } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${taking}`,
    calls,
    taken,
    behave: (behaviour) => void (usual = behaviour),
    queue: (...behaviours) => void waiting.push(...behaviours),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function callOf(request: IncomingMessage, raw: Buffer): Call {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  return { method: request.method ?? '', path: request.url ?? '', headers, body: body.toString('utf8') };
}

export function accept(status = 200, body = '{}'): Behaviour {
  return (_call, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? undefined : body);
    return { took: true };
  };
}

export function refuse(status: number, headers: Readonly<Record<string, string>> = {}, body = 'no'): Behaviour {
  return (_call, response) => {
    response.writeHead(status, headers).end(body);
    return { took: false };
  };
}

/** Says 200 and something that no receiver of logs would say. */
export function answer(body: string, took = false): Behaviour {
  return (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    return { took };
  };
}

/** Keeps what came, and says so once it is told to. */
export function acceptLater(): { readonly behaviour: Behaviour; readonly answer: () => void } {
  let later: (() => void) | null = null;
  return {
    behaviour: (call, response, socket) => {
      later = () => void accept()(call, response, socket);
      return { took: true };
    },
    answer: () => later?.(),
  };
}

export function neverAnswer(took = false): Behaviour {
  return () => ({ took });
}

export function reset(took = false): Behaviour {
  return (_call, _response, socket) => {
    socket.resetAndDestroy();
    return { took };
  };
}

/** Promises a longer answer than it gives. */
export function closeMidAnswer(took = false): Behaviour {
  return (_call, response, socket) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
    response.write('{"partialSuccess":');
    setImmediate(() => socket.destroy());
    return { took };
  };
}

/** One byte at a time, for as long as somebody listens. */
export function trickle(took = false): Behaviour {
  return (_call, response, socket) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 5);
    socket.on('close', () => clearInterval(timer));
    return { took };
  };
}

export function endlessAnswer(took = false): Behaviour {
  return (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(16_384, 0x20), () => setImmediate(more));
    };
    more();
    return { took };
  };
}
