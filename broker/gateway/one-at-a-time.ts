// Calls that come on one connection before the answers to earlier ones: each waits for its turn, and what comes behind
// the answer that ends the connection is no call any more (RFC 9112 section 9.6). Else it would be carried out, and its
// answer lost: a way to act behind the back of a proxy that reads the bytes otherwise.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handle = (message: IncomingMessage, response: ServerResponse) => void;

/** Gives a handler for one server's `request` and the like: both events of a server must share it. */
export function oneAtATime(): (handle: Handle) => Handle {
  const newest = new WeakMap<Socket, ServerResponse>();
  return (handle) => (message, response) => {
    const { socket } = message;
    const before = newest.get(socket);
    newest.set(socket, response);
    const take = (): void => {
      if (socket.writable) handle(message, response);
    };
    if (before === undefined || before.closed) take();
    else before.once('close', take);
  };
}
