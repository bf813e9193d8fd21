// A caller of a grant that ends with its operation, who hangs up: what it has got, or ordered, stays got and ordered.
import { writeFileSync } from 'node:fs';
import { request, type ClientRequest, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openGatewayWorld, type GatewayWorld, type WorldOptions } from '#test/support/gateway-world.ts';
import { eventually, exchange, serveHttp } from '#test/support/http-exchange.ts';

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const MIB = 1024 * 1024;
const once = { endsWithOperation: true };

async function world(options: WorldOptions = {}): Promise<GatewayWorld> {
  const made = await openGatewayWorld(options);
  opened.push(made);
  return made;
}

/** A gateway before an upstream that this listener plays. */
async function modelWorld(listener: RequestListener, options: WorldOptions = {}): Promise<GatewayWorld> {
  const server = await serveHttp(listener);
  opened.push(server);
  const actions = { invoke: [{ methods: ['GET', 'POST', 'DELETE'], paths: ['/*'] }] };
  const upstream = { kind: 'http', url: server.url, privateNetwork: true };
  return await world({ resources: [{ id: 'model:live', actions, upstream }], ...options });
}

function begin(port: number, path: string, token: string, method = 'GET'): ClientRequest {
  const headers = { authorization: `Bearer ${token}` };
  return request({ port, host: '127.0.0.1', method, path, headers, agent: false }).on('error', () => undefined);
}

async function interrupted({ ledger }: GatewayWorld) {
  await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
  return (await ledger.eventsOf('use.interrupted'))[0]?.data;
}

describe('a call counts as made', () => {
  it('when the caller hangs up in the middle of a file', async () => {
    const made = await world();
    writeFileSync(join(made.folder, 'files', 'large.bin'), Buffer.alloc(32 * MIB));
    const { token, credential } = await made.grant(once);
    const path = '/gateway/dataset/penguins/large.bin';
    const asked = begin(made.port, path, token);
    asked.on('response', (response) => {
      let seen = 0;
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > 8 * MIB) asked.destroy();
      });
    });
    asked.end();
    const data = await interrupted(made);
    expect(data).toMatchObject({ code: 'client_gone', bytesIn: 0, spent: true });
    expect(data?.bytesOut).toBeGreaterThan(8 * MIB);
    await eventually(() => made.operationsDone.length === 1);
    expect(made.operationsDone).toEqual([credential.credentialId]);
    expect((await exchange({ port: made.port, path, token })).status).toBe(401);
  });

  it.each([
    ['POST', 'order'],
    ['POST', ''],
    ['DELETE', ''],
  ])(
    'when an upstream got the %s with the body %j and the caller does not wait for the answer',
    async (method, body) => {
      let orders = 0;
      const made = await modelWorld((order) => void order.resume().on('end', () => (orders += 1)));
      const { token } = await made.grant({ ...once, actions: ['invoke'] });
      const asked = begin(made.port, '/gateway/model/live/order', token, method);
      asked.end(body);
      await eventually(() => orders === 1);
      asked.destroy();
      expect(await interrupted(made)).toMatchObject({ code: 'client_gone', bytesIn: body.length, spent: true });
      await eventually(() => made.operationsDone.length === 1);
      expect((await exchange({ port: made.port, path: '/gateway/model/live/order', token, method })).status).toBe(401);
      expect(orders).toBe(1);
    },
  );

  it('when the caller lets its upload stall or grow too large, which is hanging up by other means', async () => {
    const limits = { uploadIdleMs: 100, requestBodyBytes: 10 };
    const bodies: readonly (readonly [string, string])[] = [
      ['upload_stalled', 'order'],
      ['payload_too_large', 'x'.repeat(11)],
    ];
    for (const [code, body] of bodies) {
      let received = 0;
      const made = await modelWorld((order) => void order.on('data', (chunk: Buffer) => (received += chunk.length)), {
        limits,
      });
      const { token } = await made.grant({ ...once, actions: ['invoke'] });
      const asked = begin(made.port, '/gateway/model/live/order', token, 'POST');
      asked.write(body.slice(0, 5));
      await eventually(() => received === 5);
      asked.write(body.slice(5));
      expect(await interrupted(made)).toMatchObject({ code, spent: true });
      await eventually(() => made.operationsDone.length === 1);
      asked.destroy();
    }
  });
});

describe('a call can be made again', () => {
  it('when the caller went away before anything came', async () => {
    let asks = 0;
    const made = await modelWorld((_asked, response) => void ((asks += 1) > 1 && response.end('answer')));
    const { token } = await made.grant({ ...once, actions: ['invoke'] });
    const path = '/gateway/model/live/x';
    const asked = begin(made.port, path, token);
    asked.end();
    await eventually(() => asks === 1);
    asked.destroy();
    expect(await interrupted(made)).toMatchObject({ code: 'client_gone', bytesOut: 0, spent: false });
    expect((await exchange({ port: made.port, path, token })).text).toBe('answer');
  });

  it('when the upstream broke off, and when the caller hung up on an error', async () => {
    const made = await modelWorld((asked, response) => {
      response.writeHead(asked.url === '/error' ? 500 : 200).write('first');
      if (asked.url === '/lost') setTimeout(() => response.destroy(), 50);
      if (asked.url === '/good') response.end();
    });
    const { token } = await made.grant({ ...once, actions: ['invoke'] });
    await exchange({ port: made.port, path: '/gateway/model/live/lost', token });
    expect(await interrupted(made)).toMatchObject({ code: 'upstream_lost', bytesOut: 5, spent: false });
    const asked = begin(made.port, '/gateway/model/live/error', token);
    asked.on('response', (response) => response.on('error', () => undefined).once('data', () => asked.destroy()));
    asked.end();
    await eventually(async () => (await made.ledger.eventsOf('use.interrupted')).length === 2);
    expect(made.operationsDone).toEqual([]);
    expect((await exchange({ port: made.port, path: '/gateway/model/live/good', token })).text).toBe('first');
  });
});
