import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createModelServer, MAX_TEXT_BYTES } from '../../examples/solo/model/server.ts';

const SECRET = 'test-secret-of-the-model-0001';
const server = createModelServer(SECRET);
let origin = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${address.port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function ask(route: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const all = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json', ...headers };
  return fetch(`${origin}${route}`, { method: 'POST', headers: all, body });
}

function openStream(): ClientRequest {
  const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/jsonl' };
  const call = request(`${origin}/v1/analyse/stream`, { method: 'POST', headers });
  call.flushHeaders();
  return call;
}

test('says that it is there without a secret', async () => {
  const response = await fetch(`${origin}/healthz`);
  expect(await response.json()).toEqual({ status: 'ok' });
});

test.each([
  ['no secret', ''],
  ['another secret', 'Bearer test-secret-of-the-model-0002'],
  ['a part of the secret', `Bearer ${SECRET.slice(0, -1)}`],
  ['the secret and more', `Bearer ${SECRET}0`],
  ['the secret without its scheme', SECRET],
  ['the secret under another scheme', `Basic ${SECRET}`],
])('refuses %s, on every route', async (_, authorization) => {
  for (const route of ['/v1/analyse', '/v1/analyse/stream', '/nowhere']) {
    const response = await ask(route, '{"text":"Hello"}', { authorization });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(SECRET);
  }
});

test('is not made with a secret that can be guessed', () => {
  expect(() => createModelServer('short')).toThrow('too short');
});

test('tells praise from complaint, finds a date, and knows parts of speech', async () => {
  const praise = await ask('/v1/analyse', JSON.stringify({ text: 'Penguins are wonderful! We met on 12 March 2021.' }));
  expect(await praise.json()).toMatchObject({
    sentences: [{ text: 'Penguins are wonderful!' }, {}],
    entities: [{ text: '12 March 2021', type: 'DATE' }],
    tokens: expect.arrayContaining([{ text: 'are', partOfSpeech: 'AUX', negated: false }]),
  });
  const sentiment = async (words: string): Promise<number> => {
    const body: unknown = await (await ask('/v1/analyse', JSON.stringify({ text: words }))).json();
    return Number(Reflect.get(Object(body), 'sentiment'));
  };
  expect(await sentiment('A wonderful, lovely day.')).toBeGreaterThan(0);
  expect(await sentiment('A terrible, awful day.')).toBeLessThan(0);
});

describe('answers a bad request with a problem, not with a crash', () => {
  test.each([
    ['a body that is not JSON', '/v1/analyse', '{', {}, 422],
    ['a text that is not a text', '/v1/analyse', '{"text":7}', {}, 422],
    ['an unknown property', '/v1/analyse', '{"text":"Hello","more":1}', {}, 422],
    ['another type', '/v1/analyse', 'Hello', { 'content-type': 'text/plain' }, 415],
    ['a body too large', '/v1/analyse', JSON.stringify({ text: 'a'.repeat(MAX_TEXT_BYTES) }), {}, 413],
    ['an unknown route', '/v1/nothing', '{"text":"Hello"}', {}, 404],
  ])('%s', async (_, route, body, headers, status) => {
    const response = await ask(route, body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, type: 'about:blank' });
  });

  test('another method', async () => {
    const response = await fetch(`${origin}/v1/analyse`, { headers: { authorization: `Bearer ${SECRET}` } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('a stream answers each line before the next is sent', async () => {
  const call = openStream();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  const answers: unknown[] = [];
  for (const line of ['{"text":"I love it."}', 'not JSON', '{"text":"I hate it."}']) {
    call.write(`${line}\n`);
    answers.push(JSON.parse((await lines.next()).value ?? 'null'));
  }
  call.end();
  expect(answers).toMatchObject([
    { sentences: [{ text: 'I love it.' }] },
    { error: 'invalid' },
    { tokens: [{}, {}, {}, {}] },
  ]);
  expect((await lines.next()).done).toBe(true);
});

test('a stream whose line never ends is ended, though its sender goes on', async () => {
  const call = openStream();
  call.on('error', () => {});
  call.write('a'.repeat(MAX_TEXT_BYTES + 1));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  expect(await text(response)).toBe('{"error":"too_large"}\n');
  call.destroy();
});
