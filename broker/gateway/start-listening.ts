// Binds a server to its address, and says plainly when the port is taken. No other port is tried.
import type { Server } from 'node:net';

export class GatewayListenError extends Error {
  override readonly name = 'GatewayListenError';
  readonly code: 'port_taken' | 'cannot_listen';
  constructor(code: GatewayListenError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Gives the port. Throws a GatewayListenError. */
export function startListening(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `port ${address.port} on ${address.host}`;
      if (error.code === 'EADDRINUSE') reject(new GatewayListenError('port_taken', `${where} is taken`, error));
      else reject(new GatewayListenError('cannot_listen', `cannot listen on ${where}`, error));
    });
    server.listen({ ...address, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port);
    });
  });
}
