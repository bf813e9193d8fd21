// The network between two programs on this machine, which can be cut, or fall silent as it does under somebody who
// sleeps. It knows nothing of what goes over it.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export type TcpProxy = AsyncDisposable & {
  readonly port: number;
  /** Every connection breaks and none is made. */
  readonly cut: () => void;
  /** Connections that are open carry nothing any more, for good, and say nothing about it; none is made. */
  readonly silence: () => void;
  /** New connections are made again. */
  readonly mend: () => void;
};

/** Listens on 127.0.0.1, before anybody does at `target`. */
export async function openTcpProxy(target: () => { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let carries = true;
  const server = createServer((near) => {
    if (!carries) return void near.destroy();
    const far = connect(target());
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await listening;
  const cut = (): void => {
    carries = false;
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port, // A TCP server has an address of this kind.
    cut,
    silence: () => {
      carries = false;
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    mend: () => {
      carries = true;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
