// The network between the desktops and the broker of an audit torture: it loses answers, breaks, lies, and brings calls
// late, twice and out of order. It knows nothing of what the calls mean.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../random.ts';
import { type Counts, createCounts, drawFate, ERRORS, type Fate } from './fate.ts';

export type Call = {
  /** Whose it is. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

type Listener = (name: string | null, what: 'came' | 'taken') => void;

export type Network = AsyncDisposable & {
  readonly url: string;
  readonly counts: Counts;
  /** Where the broker is now; null: nowhere. */
  readonly leadTo: (port: number | null) => void;
  /** Of this desktop's calls, those that have come and are not answered; of the broker (null), what it works on. */
  readonly open: (name: string | null) => number;
  /** Told of each call that comes to the network, or (null) to the broker, and when records were taken. */
  readonly watch: (listener: Listener) => () => void;
  /** From now on it does what a network should. Resolves when every call that was late has come. */
  readonly heal: () => Promise<void>;
  /** Resolves when no call is at the broker any more: of one that is dead nothing is still on its way. */
  readonly drained: () => Promise<void>;
};

export type NetworkOptions = {
  readonly seed: number;
  /** Signs a call anew, as its own desktop would. */
  readonly sign: (call: Call) => Promise<Call>;
  /** Told of each answer of the broker, also of those that are lost. */
  readonly hear: (call: Call, answer: Answer) => void;
};

/** A call that was held so long is signed anew: its own desktop sends it again. */
const SIGNED_ANEW_AFTER_MS = 200;
const LOOK_EVERY_MS = 10;

export async function openNetwork({ seed, sign, hear }: NetworkOptions): Promise<Network> {
  const counts = createCounts();
  const randoms = new Map<string, Random>();
  const listeners = new Set<Listener>();
  const open = new Map<string | null, number>();
  const late = new Set<Promise<void>>();
  let port: number | null = null;
  let healthy = false;

  const count = (name: string | null, by: 1 | -1): void => {
    open.set(name, (open.get(name) ?? 0) + by);
    if (by === 1) for (const listener of listeners) listener(name, 'came');
  };
  const randomOf = (name: string): Random => {
    const known = randoms.get(name) ?? createRandom(seed ^ Number(`1${name.replaceAll(/\D/g, '')}`));
    randoms.set(name, known);
    return known;
  };
  async function carry(call: Call): Promise<Answer> {
    if (port === null) throw new Error('nobody is there');
    count(null, 1);
    try {
      const answer = await exchange(port, call);
      hear(call, answer);
      if (isAppend(call) && answer.status === 200) for (const listener of listeners) listener(call.name, 'taken');
      return answer;
    } finally {
      count(null, -1);
    }
  }
  async function somebodyIsThere(): Promise<void> {
    const isThere = (): boolean => port !== null;
    while (!isThere()) await sleep(LOOK_EVERY_MS);
  }
  function bringLate(call: Call, afterMs: number, signed: boolean): void {
    const done = sleep(afterMs)
      .then(async () => {
        await somebodyIsThere();
        return await carry(signed ? await sign(call) : call);
      })
      .then(
        ({ status }) => counts.lateAnswers.set(status, (counts.lateAnswers.get(status) ?? 0) + 1),
        () => (counts.lateLost += 1),
      )
      .finally(() => late.delete(done))
      .then(() => undefined);
    late.add(done);
  }
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const call = await readCall(incoming);
    const random = randomOf(call.name);
    const fate: Fate = healthy ? { kind: 'well', again: null } : drawFate(random, call.method === 'POST');
    count(call.name, 1);
    try {
      await befall(call, fate, outgoing);
    } finally {
      count(call.name, -1);
    }
  }
  async function befall(call: Call, fate: Fate, outgoing: ServerResponse): Promise<void> {
    counts.calls += 1;
    if (fate.again !== null) {
      counts.duplicates += 1;
      bringLate(call, fate.again.afterMs, fate.again.signed);
    }
    switch (fate.kind) {
      case 'held':
        counts.reordered += 1;
        bringLate(call, fate.afterMs, fate.afterMs > SIGNED_ANEW_AFTER_MS);
        return void outgoing.destroy();
      case 'error':
        counts.errors += 1;
        return ERRORS[fate.error](outgoing);
      case 'slow':
        counts.errors += 1;
        await sleep(fate.forMs);
        return pass(outgoing, await carry(call), 'whole');
      case 'half':
        counts.errors += 1;
        return pass(outgoing, await carry(call), 'half');
      case 'lost': {
        const { status } = await carry(call);
        counts.lostAnswers += 1;
        if (isAppend(call) && status === 200) counts.lostAcknowledgements += 1;
        return void outgoing.destroy();
      }
      case 'well':
        return pass(outgoing, await carry(call), 'whole');
    }
  }
  const server = createServer((incoming, outgoing) => {
    // The broker is not there, or died over it.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // A TCP server has an address of this kind.
    counts,
    leadTo: (next) => {
      port = next;
    },
    open: (name) => open.get(name) ?? 0,
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    drained: async () => {
      while ((open.get(null) ?? 0) > 0) await sleep(1);
    },
    heal: async () => {
      healthy = true;
      while (late.size > 0) await Promise.all(late);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isAppend({ method, path }: Call): boolean {
  return method === 'POST' && path === '/v1/audit/append';
}

async function readCall(incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // A stream without an encoding gives buffers.
  const { method = 'GET', url = '/', headers } = incoming;
  const name = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? 'nobody';
  return { name, method, path: url, headers, body: Buffer.concat(chunks) };
}

function exchange(port: number, { method, path, headers, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
      answer.on('close', () => reject(new Error('the answer broke off')));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function pass(outgoing: ServerResponse, { status, headers, body }: Answer, how: 'whole' | 'half'): void {
  const { connection: _ofTheOther, 'transfer-encoding': _framing, ...others } = headers;
  outgoing.writeHead(status, { ...others, 'content-length': body.length });
  if (how === 'whole') return void outgoing.end(body);
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
}
