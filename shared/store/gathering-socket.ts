// A socket that sends what is written within one turn of the event loop as one packet: statements that do not wait for
// each other then cost one system call and one way through the network, not one each.
import { Socket } from 'node:net';

export function gatheringSocket(): Socket {
  const socket = new Socket();
  // Not before: connecting puts the socket's own `write` back.
  socket.once('connect', () => gatherWrites(socket));
  return socket;
}

function gatherWrites(socket: Socket): void {
  // One of several signatures: whatever is given is given on.
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let gathering = false;
  socket.write = (...args: unknown[]) => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      // Runs once all promises that are settled now have been followed.
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
}
