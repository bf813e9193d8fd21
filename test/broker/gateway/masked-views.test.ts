import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openGatewayWorld, type GatewayWorld } from '#test/support/gateway-world.ts';
import { eventually, exchange, serveHttp, type Exchange } from '#test/support/http-exchange.ts';

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const RULES = [{ methods: ['GET', 'HEAD'], paths: ['/*'] }];
const PEOPLE = {
  id: 'dataset:people',
  tags: ['pii'],
  personalColumns: ['email'],
  actions: { read: RULES, read_pii: RULES },
};
const CSV = 'id,email\n1,a@x.org\n2,b@x.org\n';

type View = {
  readonly world: GatewayWorld;
  readonly get: (path: string, headers?: Record<string, string>, method?: string) => Promise<Exchange>;
};

async function view(
  over: Record<string, unknown> = {},
  actions: readonly string[] = ['read'],
  files: Record<string, string | Buffer> = {},
): Promise<View> {
  const world = await openGatewayWorld({ resources: [{ ...PEOPLE, ...over }] });
  opened.push(world);
  for (const [name, content] of Object.entries({ 'people.csv': CSV, ...files }))
    writeFileSync(join(world.folder, 'files', name), content);
  const { token } = await world.grant({ actions });
  const get = (path: string, headers = {}, method = 'GET') =>
    exchange({ port: world.port, path: `/gateway/dataset/people${path}`, token, headers, method });
  return { world, get };
}

const code = (answer: Exchange): string => (JSON.parse(answer.text) as { code: string }).code;

describe('a masked view', () => {
  it('is what a grant without read_pii gets, whole, without ranges, tags and lengths', async () => {
    const { world, get } = await view();
    const answer = await get('/people.csv', { range: 'bytes=0-30', 'if-none-match': '*' });
    expect(answer).toMatchObject({ status: 200, text: 'id,email\n1,[masked]\n2,[masked]\n' });
    expect(answer.headers['daypass-view']).toBe('masked');
    for (const name of ['etag', 'content-length', 'accept-ranges', 'last-modified', 'content-range'])
      expect(answer.headers[name]).toBeUndefined();
    await eventually(async () => (await world.ledger.eventsOf('use.finished')).length === 1);
    expect((await world.ledger.eventsOf('use.finished'))[0]?.data.masked).toBe(true);
    const head = await get('/people.csv', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBeUndefined();
  });

  it('is lifted by read_pii, and only where read_pii itself permits the call', async () => {
    const { world, get } = await view({}, ['read', 'read_pii']);
    expect((await get('/people.csv')).text).toBe(CSV);
    await eventually(async () => (await world.ledger.eventsOf('use.finished')).length === 1);
    expect((await world.ledger.eventsOf('use.started'))[0]?.data.action).toBe('read_pii');
    const narrow = { read: RULES, read_pii: [{ methods: ['GET'], paths: ['/other.csv'] }] };
    const other = await view({ actions: narrow }, ['read', 'read_pii']);
    expect((await other.get('/people.csv')).text).not.toContain('@x.org');
  });

  it('covers JSON Lines and small JSON documents', async () => {
    const { get } = await view({}, ['read'], {
      'p.jsonl': '{"email":"a@x.org"}\n',
      'p.json': '{"rows":[{"email":"a@x.org"}]}',
    });
    expect((await get('/p.jsonl')).text).toBe('{"email":"[masked]"}\n');
    expect((await get('/p.json')).text).toBe('{"rows":[{"email":"[masked]"}]}');
    expect((await get('/')).status).toBe(200);
  });

  it.each([
    ['people.txt', CSV],
    ['people.tsv', 'id\temail\n1\ta@x.org\n'],
    ['people.parquet', 'PAR1a@x.org'],
    ['people', CSV],
    ['people.csv.gz', gzipSync(CSV)],
    ['no-header.csv', '1,a@x.org\n'],
    ['broken.csv', 'id,email\n1,"a@x.org\n'],
    ['rows.json', '["a@x.org"]'],
    ['empty.csv', ''],
  ])('refuses what cannot be masked before its first byte: %s', async (name, content) => {
    const { world, get } = await view({}, ['read'], { [name]: content });
    const answer = await get(`/${name}`);
    expect(answer.status).toBe(403);
    expect(code(answer)).toBe('cannot_mask');
    await eventually(async () => (await world.ledger.events()).length === 2);
  });

  it('is all that a resource tagged pii gives, also when nobody named its columns', async () => {
    const { get } = await view({ personalColumns: [] });
    expect(code(await get('/people.csv'))).toBe('cannot_mask');
    const untagged = await view({ tags: [] });
    expect((await untagged.get('/people.csv')).text).not.toContain('@x.org');
  });

  it('cuts a file that stops being readable after its first rows', async () => {
    const rows = Array.from({ length: 60_000 }, (_, id) => `${id},a@x.org`).join('\n');
    const { world, get } = await view({}, ['read'], { 'late.csv': `id,email\n${rows}\n1,"a@x.org" b@x.org\n` });
    const answer = await get('/late.csv');
    expect(answer.complete && answer.status === 200).toBe(false);
    expect(answer.text).not.toContain('@x.org');
    await eventually(async () => (await world.ledger.eventsOf('use.interrupted')).length === 1);
    expect((await world.ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('mask_failed');
  });

  it('masks what an HTTP upstream sends, asks it for plain bytes, and refuses coded and partial ones', async () => {
    const seen: unknown[] = [];
    const server = await serveHttp((request, response) => {
      seen.push([request.headers['accept-encoding'], request.headers.range, request.headers['if-none-match']]);
      response.setHeader('content-type', 'text/csv; charset=UTF-8').setHeader('etag', '"1"');
      if (request.url === '/gzip') return void response.setHeader('content-encoding', 'gzip').end(gzipSync(CSV));
      if (request.url === '/part')
        return void response.writeHead(206, { 'content-range': 'bytes 9-17/28' }).end('1,a@x.org');
      if (request.url === '/error') return void response.writeHead(404).end(CSV);
      if (request.url === '/latin') return void response.setHeader('content-type', 'text/csv; charset=latin1').end(CSV);
      return void response.end(CSV);
    });
    opened.push(server);
    const { get } = await view({ upstream: { kind: 'http', url: server.url, privateNetwork: true } });
    const answer = await get('/all', { 'accept-encoding': 'gzip', range: 'bytes=0-3', 'if-none-match': '"1"' });
    expect(answer).toMatchObject({ status: 200, text: 'id,email\n1,[masked]\n2,[masked]\n' });
    expect(answer.headers.etag).toBeUndefined();
    for (const path of ['/gzip', '/part', '/error', '/latin']) {
      const refused = await get(path);
      expect([refused.status, code(refused)]).toEqual([403, 'cannot_mask']);
      expect(refused.text).not.toContain('@x.org');
    }
    expect(seen.every((headers) => JSON.stringify(headers) === JSON.stringify(['identity', null, null]))).toBe(true);
  });

  it('streams: the first rows come before the last ones exist', async () => {
    let finish = (): void => undefined;
    const server = await serveHttp((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"email":"a@x.org","n":1}\n');
      finish = () => response.end('{"email":"b@x.org","n":2}\n');
    });
    opened.push(server);
    const { world } = await view({ upstream: { kind: 'http', url: server.url, privateNetwork: true } });
    const { token } = await world.grant();
    const response = await fetch(`http://127.0.0.1:${world.port}/gateway/dataset/people/rows`, {
      headers: { authorization: `Bearer ${token}`, 'sec-fetch-site': 'none' },
    });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('{"email":"[masked]","n":1}\n');
    finish();
    const second = await reader?.read();
    expect(Buffer.from(second?.value ?? []).toString()).toBe('{"email":"[masked]","n":2}\n');
  });

  it('holds for a large table', async () => {
    const rows = Array.from({ length: 50_000 }, (_, id) => `${id},"p${id}@x.org, ""q"""`).join('\n');
    const { world, get } = await view({}, ['read'], { 'large.csv': `id,email\n${rows}\n` });
    const answer = await get('/large.csv');
    expect(answer.complete).toBe(true);
    expect(answer.text.split('\n')).toHaveLength(50_002);
    expect(answer.text).not.toContain('@x.org');
    expect(readFileSync(join(world.folder, 'files', 'large.csv'), 'utf8')).toContain('@x.org');
  });
});
