import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fetch } from '#broker/listen/listen-api.ts';
import type { Caller } from '#broker/identity/caller.ts';
import { openListener, type ListenerOptions, type TestListener } from './open-listener.ts';
import { rawConnection, rawExchange } from './raw.ts';

const opened: TestListener[] = [];
afterEach(async () => {
  for (const listener of opened.splice(0)) await listener.close();
});

async function listener(fetch: Fetch, options: Omit<ListenerOptions, 'fetch'> = {}): Promise<TestListener> {
  const made = await openListener({ fetch, ...options });
  opened.push(made);
  return made;
}

const answers =
  (text = 'hello'): Fetch =>
  async () =>
    await Promise.resolve(new Response(text, { headers: { 'content-type': 'text/plain' } }));

/** What the broker saw of a call. */
function seeing(): { readonly fetch: Fetch; readonly seen: { request: Request; caller: Caller; body: string }[] } {
  const seen: { request: Request; caller: Caller; body: string }[] = [];
  return {
    seen,
    fetch: async (request, caller) => {
      seen.push({ request, caller, body: await request.text() });
      return new Response('ok');
    },
  };
}

const until = async (claim: () => boolean): Promise<void> => {
  for (let waited = 0; !claim(); waited += 1) {
    if (waited > 2000) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('a call over HTTP', () => {
  it('reaches the broker with method, headers, body, and who calls from where', async () => {
    const { fetch: broker, seen } = seeing();
    const { api } = await listener(broker);
    const response = await fetch(`${api.publicUrl}/v1/requests?dryRun=true`, {
      method: 'POST',
      headers: { authorization: 'Bearer abc', 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: '{"a":"ü"}',
    });
    expect(await response.text()).toBe('ok');
    const call = seen[0];
    expect(call?.caller).toEqual({ kind: 'http', authorization: 'Bearer abc', remoteAddress: '127.0.0.1' });
    expect(call?.request.method).toBe('POST');
    expect(call?.request.url).toBe(`${api.publicUrl}/v1/requests?dryRun=true`);
    expect(call?.request.headers.get('idempotency-key')).toBe('k');
    expect(call?.body).toBe('{"a":"ü"}');
  });

  it('has the public URL, whatever Host a proxy sends: proofs name what the desktop called', async () => {
    const { fetch: broker, seen } = seeing();
    const { port } = await listener(broker, { publicUrl: 'https://broker.example.org' });
    await rawExchange(port, 'GET /v1/me HTTP/1.1\r\nHost: broker.example.org\r\nConnection: close\r\n\r\n');
    await rawExchange(port, `GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    expect(seen.map(({ request }) => request.url)).toEqual(Array(2).fill('https://broker.example.org/v1/me'));
  });

  it('is taken from the address that a configured proxy names, and from nobody else', async () => {
    const { fetch: broker, seen } = seeing();
    const trusting = await listener(broker, { proxies: ['127.0.0.1'] });
    const alone = await listener(broker);
    for (const { api } of [trusting, alone])
      await fetch(`${api.publicUrl}/v1/me`, { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' } });
    expect(seen.map(({ caller }) => caller.kind === 'http' && caller.remoteAddress)).toEqual([
      '203.0.113.9',
      '127.0.0.1',
    ]);
  });

  it('is answered with what keeps browsers from doing anything with it', async () => {
    const { port } = await listener(answers(), { publicUrl: 'https://broker.example.org' });
    const text = await rawExchange(
      port,
      'GET /v1/me HTTP/1.1\r\nHost: broker.example.org\r\nConnection: close\r\n\r\n',
    );
    for (const header of [
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      "content-security-policy: default-src 'none'; frame-ancestors 'none'",
      'strict-transport-security: max-age=31536000',
    ])
      expect(text).toContain(header);
    expect(text).toMatch(/x-request-id: [0-9a-f-]{36}/);
    expect(text).toContain('content-length: 5');
  });

  it('is answered 503 until the broker is there', async () => {
    const { api } = await listener(answers(), { serves: false });
    expect((await fetch(`${api.publicUrl}/v1/me`)).status).toBe(503);
    expect((await fetch(`${api.publicUrl}/readyz`)).status).toBe(503);
  });
});

describe('what is no proper call', () => {
  const host = (port: number): string => `Host: 127.0.0.1:${port}\r\nConnection: close\r\n`;
  const refused: readonly (readonly [string, (port: number) => string, number])[] = [
    ['another Host', () => 'GET /v1/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
    ['no Host', () => 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', (port) => `GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${host(port)}\r\n`, 400],
    ['an absolute URL', (port) => `GET http://evil.example/v1/me HTTP/1.1\r\n${host(port)}\r\n`, 400],
    ['an asterisk', (port) => `OPTIONS * HTTP/1.1\r\n${host(port)}\r\n`, 400],
    [
      'two tokens',
      (port) => `GET / HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n${host(port)}\r\n`,
      400,
    ],
    ['two proofs', (port) => `GET / HTTP/1.1\r\nDPoP: a\r\nDPoP: b\r\n${host(port)}\r\n`, 400],
    ['a body where none belongs', (port) => `GET / HTTP/1.1\r\nContent-Length: 2\r\n${host(port)}\r\nhi`, 400],
    ['two lengths', (port) => `POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n${host(port)}\r\nhi`, 400],
    [
      'length and chunks at once',
      (port) => `POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n${host(port)}\r\n0\r\n\r\n`,
      400,
    ],
    ['TRACE', (port) => `TRACE / HTTP/1.1\r\n${host(port)}\r\n`, 405],
    ['headers without end', (port) => `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n${host(port)}\r\n`, 431],
    ['another protocol', () => 'SSH-2.0-OpenSSH_9\r\n\r\n', 400],
  ];
  it.each(refused)('%s is refused and never reaches the broker', async (_name, request, status) => {
    const { fetch: broker, seen } = seeing();
    const { port } = await listener(broker);
    expect((await rawExchange(port, request(port))).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(seen).toEqual([]);
  });

  it('but health is told to probes by whatever name they come', async () => {
    const { port } = await listener(answers());
    const text = await rawExchange(port, 'GET /healthz HTTP/1.1\r\nHost: pod-7\r\nConnection: close\r\n\r\n');
    expect(text.slice(0, 12)).toBe('HTTP/1.1 200');
  });

  it('a path of two slashes stays a path', async () => {
    const { fetch: broker, seen } = seeing();
    const { port, api } = await listener(broker);
    await rawExchange(port, `GET //evil.example/x HTTP/1.1\r\n${host(port)}\r\n`);
    expect(seen[0]?.request.url).toBe(`${api.publicUrl}//evil.example/x`);
  });
});

describe('a caller that takes its time', () => {
  it('for its headers is cut off, and others are served meanwhile', async () => {
    const { port, api } = await listener(answers(), { headersMs: 500 });
    const slow = await rawConnection(port);
    slow.send('GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1');
    const dripping = setInterval(() => slow.send(`\r\nX-A: ${'a'.repeat(3)}`), 100);
    expect((await fetch(`${api.publicUrl}/v1/me`)).status).toBe(200);
    await slow.closed;
    clearInterval(dripping);
    expect(slow.received().slice(0, 12)).toBe('HTTP/1.1 408');
  }, 30_000);

  it('for its body is cut off, and the broker does not wait for the rest', async () => {
    const read = Promise.withResolvers<string>();
    const reading: Fetch = async (request) => {
      if (request.method === 'GET') return new Response('hello');
      read.resolve(
        await request.text().then(
          () => 'whole',
          () => 'broken',
        ),
      );
      return new Response('late');
    };
    const { port, api } = await listener(reading, { requestMs: 500 });
    const slow = await rawConnection(port);
    slow.send(`POST /v1/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n\r\n`);
    const dripping = setInterval(() => slow.send('x'), 100);
    expect((await fetch(`${api.publicUrl}/v1/me`)).status).toBe(200);
    await slow.closed;
    clearInterval(dripping);
    expect(slow.received().slice(0, 12)).toBe('HTTP/1.1 408');
    expect(await read.promise).toBe('broken');
  }, 30_000);

  // Only Linux has more than one loopback address by itself.
  it.runIf(process.platform === 'linux')('leaves room for those of other addresses', async () => {
    const { port } = await listener(answers(), { connections: 16 });
    const idle = await Promise.all(Array.from({ length: 30 }, async () => await rawConnection(port)));
    const elsewhere = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
    elsewhere.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of elsewhere) answer += String(chunk);
    expect(answer.slice(0, 12)).toBe('HTTP/1.1 200');
    for (const { socket } of idle) socket.destroy();
  });

  it('has at most half of the connections by one address', async () => {
    const { port } = await listener(answers(), { connections: 16 });
    const idle = await Promise.all(Array.from({ length: 8 }, async () => await rawConnection(port)));
    const oneMore = await rawConnection(port);
    await oneMore.closed;
    idle[0]?.socket.destroy();
    await idle[0]?.closed;
    let served = '';
    for (let tries = 0; tries < 100 && served === ''; tries += 1)
      served = await rawExchange(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    expect(served.slice(0, 12)).toBe('HTTP/1.1 200');
    for (const { socket } of idle) socket.destroy();
  });
});

describe('an event stream', () => {
  function ticking(): {
    readonly fetch: Fetch;
    readonly state: { pulled: number; cancelled: boolean; aborted: boolean };
  } {
    const state = { pulled: 0, cancelled: false, aborted: false };
    return {
      state,
      fetch: async (request) => {
        request.signal.addEventListener('abort', () => void (state.aborted = true));
        const body = new ReadableStream<Uint8Array>(
          {
            pull: (controller) => {
              state.pulled += 1;
              controller.enqueue(new TextEncoder().encode(`data: ${'x'.repeat(65_536)}\n\n`));
            },
            cancel: () => void (state.cancelled = true),
          },
          { highWaterMark: 0 },
        );
        return await Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
      },
    };
  }

  it('comes as it is made, before it ends', async () => {
    const { api } = await listener(async () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode(': connected\n\n')),
      });
      return await Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    });
    const stop = new AbortController();
    const response = await fetch(`${api.publicUrl}/v1/events`, { signal: stop.signal });
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toBe(': connected\n\n');
    stop.abort();
  });

  it('is not read ahead of a reader that stops reading, and ends with it', async () => {
    const { fetch: broker, state } = ticking();
    const { port } = await listener(broker);
    const request = httpRequest({ port, host: '127.0.0.1', path: '/v1/events', agent: new Agent() });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    let before = -1;
    await until(() => {
      const still = before === state.pulled && state.pulled > 0;
      before = state.pulled;
      return still;
    });
    // Buffers of both sockets, not the memory of the broker.
    expect(state.pulled).toBeLessThan(400);
    response.destroy();
    await until(() => state.cancelled && state.aborted);
    const pulled = state.pulled;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(state.pulled).toBe(pulled);
  });

  it('whose source breaks is cut, not ended as if it were whole', async () => {
    const { api, troubles } = await listener(async () => {
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (sent) controller.error(new Error('the source broke'));
          else controller.enqueue(new TextEncoder().encode(': connected\n\n'));
          sent = true;
        },
      });
      return await Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    });
    const response = await fetch(`${api.publicUrl}/v1/events`);
    await expect(response.text()).rejects.toThrow();
    expect(troubles).toHaveLength(1);
  });
});

describe('closing', () => {
  it('lets a running call finish and its connection end, and takes no new one', async () => {
    const gate = Promise.withResolvers<undefined>();
    const came = Promise.withResolvers<undefined>();
    const made = await listener(async () => {
      came.resolve(undefined);
      await gate.promise;
      return new Response('late');
    });
    const running = fetch(`${made.api.publicUrl}/v1/me`);
    await came.promise;
    const closed = made.api.close(30_000);
    await expect(fetch(`${made.api.publicUrl}/v1/me`)).rejects.toThrow();
    gate.resolve(undefined);
    const response = await running;
    expect(await response.text()).toBe('late');
    expect(response.headers.get('connection')).toBe('close');
    await closed;
  });

  it('waits for no connection whose stream began before it', async () => {
    const ended = Promise.withResolvers<undefined>();
    const { api } = await listener(async () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode(': connected\n\n'));
          void ended.promise.then(() => controller.close());
        },
      });
      return await Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    });
    const streamed = (await fetch(`${api.publicUrl}/v1/events`)).text();
    const closed = api.close(600_000);
    ended.resolve(undefined);
    expect(await streamed).toBe(': connected\n\n');
    await closed;
  });

  it('cuts what does not finish within the limit', async () => {
    const came = Promise.withResolvers<undefined>();
    const made = await listener(async () => {
      came.resolve(undefined);
      return await new Promise<Response>(() => undefined);
    });
    const running = fetch(`${made.api.publicUrl}/v1/me`).catch((error: unknown) => error);
    await came.promise;
    await made.api.close(50);
    expect(await running).toBeInstanceOf(Error);
  });
});

describe('the log', () => {
  it('has a line a call with what is needed to find it, and nothing that the caller wrote', async () => {
    const canary = 'CANARY7f3a';
    const { fetch: broker } = seeing();
    const made = await listener(broker, { proxies: ['127.0.0.1'] });
    const response = await fetch(`${made.api.publicUrl}/v1/${canary}?q=${canary}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${canary}`,
        dpop: canary,
        cookie: canary,
        'user-agent': canary,
        'x-request-id': canary,
        'x-forwarded-for': canary,
        [`x-${canary}`]: canary,
      },
      body: canary,
    });
    await response.text();
    await rawExchange(made.port, `GET /${canary} HTTP/1.1\r\nHost: ${canary}\r\nConnection: close\r\n\r\n`);
    await rawExchange(made.port, `${canary} / HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => made.lines().length >= 2);
    expect(made.text()).not.toContain(canary);
    expect(made.lines()[0]).toMatchObject({
      level: 'info',
      msg: 'call',
      method: 'POST',
      route: '/v1/pattern/:id',
      subject: 'sub_test',
      status: 200,
      address: '127.0.0.1',
      requestId: response.headers.get('x-request-id'),
    });
    expect(made.lines()[1]).toMatchObject({ route: null, subject: null, status: 421 });
    const counted = await made.counted();
    expect(counted).toContain('_count{route="/v1/pattern/:id",method="POST",status="2xx"} 1');
    expect(counted).toContain('_count{route="none",method="GET",status="4xx"} 1');
    expect(counted).not.toContain(canary);
  });

  it('says nothing of probes that found all well', async () => {
    const made = await listener(answers());
    await (await fetch(`${made.api.publicUrl}/healthz`)).text();
    await (await fetch(`${made.api.publicUrl}/v1/me`)).text();
    await until(() => made.lines().length > 0);
    expect(made.lines()).toHaveLength(1);
  });
});
