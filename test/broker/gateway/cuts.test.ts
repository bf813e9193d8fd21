import { writeFileSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLease } from '#broker/gateway/lease.ts';
import { createLiveCredentials } from '#broker/access/live-credentials.ts';
import { openGatewayWorld, type GatewayWorld, type WorldOptions } from '#test/support/gateway-world.ts';
import { eventually, exchange, rawExchange, serveHttp } from '#test/support/http-exchange.ts';

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

type Upstream = {
  readonly requests: IncomingMessage[];
  readonly responses: ServerResponse[];
  readonly received: () => number;
};

async function streamingWorld(options: WorldOptions = {}): Promise<GatewayWorld & { readonly upstream: Upstream }> {
  const requests: IncomingMessage[] = [];
  const responses: ServerResponse[] = [];
  let received = 0;
  const server = await serveHttp((asked, response) => {
    requests.push(asked);
    responses.push(response);
    asked.on('data', (chunk: Buffer) => void (received += chunk.length));
    if (asked.method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  opened.push(server);
  const resource = {
    id: 'model:live',
    actions: { invoke: [{ methods: ['GET', 'POST'], paths: ['/*'] }] },
    upstream: { kind: 'http', url: server.url, privateNetwork: true },
  };
  const world = await openGatewayWorld({ resources: [resource], ...options });
  opened.push(world);
  return { ...world, upstream: { requests, responses, received: () => received } };
}

type Reading = { readonly text: () => string; readonly ended: Promise<boolean> };

/** Reads a stream as it comes; `ended` says whether it ended whole. */
function read(port: number, token: string): Reading {
  let text = '';
  const ended = new Promise<boolean>((resolve) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/gateway/model/live/events',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    asked.on('response', (response) => {
      response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
      response.on('error', () => undefined);
      response.on('close', () => resolve(response.complete));
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
  return { text: () => text, ended };
}

describe('a stream whose access ends', () => {
  it('passes events at once, and is cut on both sides when the credential is removed', async () => {
    const { port, grant, live, ledger, upstream } = await streamingWorld();
    const { token, credential } = await grant({ actions: ['invoke'] });
    const reading = read(port, token);
    await eventually(() => reading.text() === 'data: 1\n\n');
    upstream.responses[0]?.write('data: 2\n\n');
    await eventually(() => reading.text() === 'data: 1\n\ndata: 2\n\n');
    live.remove(credential.credentialId);
    expect(await reading.ended).toBe(false);
    await eventually(() => upstream.responses[0]?.destroyed === true);
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
    expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('access_ended');
  });

  it('is cut at the end of the access, also when the clock jumps past it', async () => {
    const { port, grant, clock, ledger } = await streamingWorld();
    const short = await grant({ actions: ['invoke'], endsAtMs: clock.now() + 400 });
    const reading = read(port, short.token);
    await eventually(() => reading.text() !== '');
    expect(await reading.ended).toBe(false);
    const long = await grant({ actions: ['invoke'] });
    const another = read(port, long.token);
    await eventually(() => another.text() !== '');
    clock.shiftMs = 2 * 3_600_000;
    expect(await another.ended).toBe(false);
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 2);
    expect((await ledger.eventsOf('use.interrupted')).map((event) => event.data.code)).toEqual(['expired', 'expired']);
  });

  it('leaves another credential of the same grant alone', async () => {
    const { port, grant, live, upstream } = await streamingWorld();
    const first = await grant({ actions: ['invoke'] });
    const second = await grant({ actions: ['invoke'], grantId: first.credential.grantId });
    const kept = read(port, second.token);
    const cut = read(port, first.token);
    await eventually(() => kept.text() !== '' && cut.text() !== '');
    live.remove(first.credential.credentialId);
    expect(await cut.ended).toBe(false);
    for (const response of upstream.responses) response.end('data: last\n\n');
    expect(await kept.ended).toBe(true);
    expect(kept.text()).toContain('last');
  });

  it('cuts an upload that is still running, at the upstream too', async () => {
    const { port, grant, live, ledger, upstream } = await streamingWorld();
    const { token, credential } = await grant({ actions: ['invoke'] });
    const sending = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/gateway/model/live/up',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    const over = new Promise<void>((resolve) => sending.on('close', resolve).on('error', () => undefined));
    sending.write('first');
    await eventually(() => upstream.received() === 5);
    live.remove(credential.credentialId);
    await over;
    await eventually(() => upstream.requests[0]?.destroyed === true && !upstream.requests[0].complete);
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
  });

  it('tells the upstream when the caller goes away', async () => {
    const { port, grant, ledger, upstream } = await streamingWorld();
    const { token } = await grant({ actions: ['invoke'] });
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/gateway/model/live/events',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    asked
      .on('error', () => undefined)
      .on('response', (response) => response.on('error', () => undefined).once('data', () => asked.destroy()));
    asked.end();
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
    expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('client_gone');
    await eventually(() => upstream.responses[0]?.destroyed === true);
  });
});

describe('limits of a call', () => {
  it('streams a large upload whole, waits for a slow upstream, and counts both ways', async () => {
    const { port, grant, ledger, upstream } = await streamingWorld();
    const { token } = await grant({ actions: ['invoke'] });
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const sending = exchange({ port, path: '/gateway/model/live/up', method: 'POST', token, body });
    await eventually(() => upstream.received() === body.length);
    upstream.responses[0]?.end('thanks');
    expect((await sending).text).toBe('thanks');
    await eventually(async () => (await ledger.eventsOf('use.finished')).length === 1);
    expect((await ledger.eventsOf('use.finished'))[0]?.data).toMatchObject({ bytesIn: body.length, bytesOut: 6 });
  });

  it('refuses an upload that is too large and one that stalls', async () => {
    const { port, grant, ledger } = await streamingWorld({ limits: { requestBodyBytes: 1000, uploadIdleMs: 150 } });
    const { token } = await grant({ actions: ['invoke'] });
    const large = await exchange({
      port,
      path: '/gateway/model/live/up',
      method: 'POST',
      token,
      body: 'x'.repeat(1001),
    });
    expect(large.status).toBe(413);
    const stalled = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/gateway/model/live/up',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    stalled.on('error', () => undefined);
    stalled.write('x');
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 2);
    expect((await ledger.eventsOf('use.interrupted')).map((event) => event.data.code)).toEqual([
      'payload_too_large',
      'upload_stalled',
    ]);
  });

  it('asks for the body of a call only once it is admitted', async () => {
    const { port, grant, upstream } = await streamingWorld();
    const { token } = await grant({ actions: ['invoke'] });
    const asking = (bearer: string) =>
      `POST /gateway/model/live/up HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${bearer}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
    expect(await rawExchange(port, asking('x'), 500)).toMatch(/^HTTP\/1\.1 401 /);
    expect(upstream.requests).toHaveLength(0);
    expect(await rawExchange(port, asking(token), 500)).toMatch(/^HTTP\/1\.1 100 Continue/);
  });

  it('bears an upload that is slow but never silent for long', async () => {
    const { port, grant, upstream } = await streamingWorld({ limits: { uploadIdleMs: 400 } });
    const { token } = await grant({ actions: ['invoke'] });
    const headers = { authorization: `Bearer ${token}` };
    const sending = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/gateway/model/live/up',
      headers,
      agent: false,
    });
    const answered = new Promise<number>((resolve) =>
      sending.on('response', (response) => resolve(response.resume().statusCode ?? 0)),
    );
    for (let piece = 0; piece < 6; piece += 1) {
      sending.write('x');
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    sending.end();
    await eventually(() => upstream.requests[0]?.complete === true);
    upstream.responses[0]?.end();
    expect(await answered).toBe(200);
  });

  it('cuts a stream of unknown length at the quota', async () => {
    const server = await serveHttp((_asked, response) => {
      for (let piece = 0; piece < 100; piece += 1) response.write('x'.repeat(10));
      response.end();
    });
    opened.push(server);
    const resource = { quotaBytes: 250, upstream: { kind: 'http', url: server.url, privateNetwork: true } };
    const made = await openGatewayWorld({ resources: [resource] });
    opened.push(made);
    const { token } = await made.grant();
    const answer = await exchange({ port: made.port, path: '/gateway/dataset/penguins/stream', token });
    expect(answer.complete && answer.status === 200).toBe(false);
    expect(answer.bytes.length).toBeLessThanOrEqual(250);
    await eventually(async () => (await made.ledger.eventsOf('use.interrupted')).length === 1);
    expect((await made.ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('quota_exhausted');
  });

  it('holds the byte quota over calls, streams and restarts', async () => {
    const quota = { quotaBytes: 250 };
    const made = await openGatewayWorld({ resources: [quota] });
    opened.push(made);
    writeFileSync(join(made.folder, 'files', 'a.txt'), 'x'.repeat(100));
    const { token, credential } = await made.grant();
    const get = () => exchange({ port: made.port, path: '/gateway/dataset/penguins/a.txt', token });
    expect((await get()).status).toBe(200);
    expect((await get()).status).toBe(200);
    expect((await get()).status).toBe(429);
    await eventually(async () => (await made.ledger.eventsOf('use.finished')).length === 3);
    const row = await made.store.read.selectFrom('gateway_quota').selectAll().executeTakeFirst();
    expect(row).toEqual({ grant_id: credential.grantId, bytes_out: 200 });
    expect((await made.ledger.eventsOf('use.finished')).map((event) => event.data.status)).toEqual([200, 200, 429]);
  });
});

describe('a lease', () => {
  it('bears ends beyond the longest timer, and a credential that is gone already', () => {
    const live = createLiveCredentials();
    const far = {
      credentialId: 'c',
      grantId: 'g',
      requestId: 'r',
      subject: 's',
      resource: 'x',
      actions: [],
      endsAtMs: 2 ** 52,
      catalogHash: '',
      endsWithOperation: false,
    };
    expect(openLease({ live, clock: { now: () => 0 } }, far).cutBy()).toBe('access_ended');
    live.add(far);
    const lease = openLease({ live, clock: { now: () => 0 } }, far);
    expect(lease.cutBy()).toBeNull();
    lease.release();
    live.remove('c');
    expect(lease.cutBy()).toBeNull();
  });
});
