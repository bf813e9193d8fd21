// Plain HTTP exchanges for tests: one request with exactly these headers, raw bytes, and small real servers.
import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestListener,
} from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

export type Exchange = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** False when the connection broke inside the body. */
  readonly complete: boolean;
};

export type Sending = {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly token?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
};

/** Sends one request on a connection of its own and reads all that comes. */
export function exchange(sending: Sending): Promise<Exchange> {
  const { port, path, method = 'GET', token, headers = {}, body } = sending;
  const all = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode = 0, headers: answered, complete } = response;
        resolve({ status: statusCode, headers: answered, bytes, text: bytes.toString(), complete });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Writes bytes on a fresh connection and gives all that comes back until it closes or stays silent. */
export async function rawExchange(port: number, bytes: string, silenceMs = 1500): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

export type TestServer = { readonly port: number; readonly url: string; readonly close: () => Promise<void> };

export async function serveHttp(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}

/** A server that speaks bytes, for what no HTTP library would send. */
export async function serveBytes(answer: (socket: Socket, request: string) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => answer(socket, data.toString('latin1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}

/** Waits until it holds, looking often; throws when it does not within the time. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error('it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
