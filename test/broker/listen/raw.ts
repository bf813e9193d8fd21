// Speaks to a socket byte by byte, as no well-behaved client would.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type RawConnection = {
  readonly socket: Socket;
  readonly send: (text: string) => void;
  /** All that came so far. */
  readonly received: () => string;
  /** Resolves once the other side has closed. */
  readonly closed: Promise<void>;
};

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port });
  let received = '';
  socket.on('data', (chunk) => void (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, send: (text) => void socket.write(text), received: () => received, closed };
}

/** One exchange on a connection of its own, which the request must end. */
export async function rawExchange(port: number, request: string): Promise<string> {
  const connection = await rawConnection(port);
  connection.send(request);
  await connection.closed;
  return connection.received();
}
