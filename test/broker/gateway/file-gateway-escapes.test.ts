import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isServableName } from '#broker/gateway/file-names.ts';
import { openBeneath, openMethods } from '#broker/gateway/open-beneath.ts';
import { openGatewayWorld, type GatewayWorld } from '#test/support/gateway-world.ts';
import { eventually, exchange, rawExchange } from '#test/support/http-exchange.ts';

const OUTSIDE = 'outside: must never be served';

/** What an open descriptor of this process leads to; empty when it was closed meanwhile. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

describe('file-gateway-escapes', () => {
  let world: GatewayWorld;
  let token: string;
  let files: string;

  beforeAll(async () => {
    world = await openGatewayWorld();
    files = join(world.folder, 'files');
    writeFileSync(join(world.folder, 'secret.txt'), OUTSIDE);
    mkdirSync(join(world.folder, 'files-evil'));
    writeFileSync(join(world.folder, 'files-evil', 'secret.txt'), OUTSIDE);
    mkdirSync(join(files, 'sub', 'deep'), { recursive: true });
    writeFileSync(join(files, 'plain.txt'), 'plain');
    writeFileSync(join(files, 'sub', 'deep', 'inner.txt'), 'inner');
    writeFileSync(join(files, 'übergröße é.txt'), 'unicode');
    writeFileSync(join(files, '.env'), OUTSIDE);
    mkdirSync(join(files, '.git'));
    writeFileSync(join(files, '.git', 'config'), OUTSIDE);
    symlinkSync('../secret.txt', join(files, 'link.txt'));
    symlinkSync(join(world.folder, 'secret.txt'), join(files, 'absolute-link.txt'));
    symlinkSync('plain.txt', join(files, 'inside-link.txt'));
    symlinkSync('..', join(files, 'up'));
    symlinkSync('sub', join(files, 'sub-link'));
    symlinkSync('loop', join(files, 'loop'));
    linkSync(join(world.folder, 'secret.txt'), join(files, 'hard.txt'));
    execFileSync('mkfifo', [join(files, 'fifo.csv')]);
    ({ token } = await world.grant());
  });
  afterAll(() => world.close());

  const get = (path: string, method = 'GET') =>
    exchange({ port: world.port, path: `/gateway/dataset/penguins${path}`, token, method });

  it('serves plain files, and files in folders', async () => {
    expect((await get('/plain.txt')).text).toBe('plain');
    expect((await get('/sub/deep/inner.txt')).text).toBe('inner');
    expect((await get('/%C3%BCbergr%C3%B6%C3%9Fe%20%C3%A9.txt')).text).toBe('unicode');
    expect((await get('/%70lain.txt')).text).toBe('plain');
  });

  it.each([
    '/link.txt',
    '/absolute-link.txt',
    '/inside-link.txt',
    '/up/secret.txt',
    '/up/files/plain.txt',
    '/sub-link/deep/inner.txt',
    '/loop',
    '/hard.txt',
    '/fifo.csv',
    '/sub',
    '/.env',
    '/.git/config',
    '/plain.txt/',
    '/plain.txt/x',
    '/up/',
    '/sub-link/',
    '/.git/',
    '/nothing.txt',
    '/PLAIN.TXT',
    `/${'a'.repeat(300)}`,
  ])('finds nothing at %s', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'not_found' });
  });

  it.each([
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/sub/./deep/inner.txt',
    '/%2e%2e/secret.txt',
    '/%2E%2E/secret.txt',
    '/.%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/sub%2Fdeep%2Finner.txt',
    '/sub%5cdeep',
    '/%252e%252e/secret.txt',
    '/%252e%252e%252fsecret.txt',
    '/plain.txt%00',
    '/plain.txt%00.csv',
    '/%00',
    '/..;/secret.txt',
    '/..%3b/secret.txt',
    '/.../secret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/%ff',
    '/%',
    '/%2',
    '/%zz',
    '//etc/passwd',
    '//plain.txt',
    '/sub//deep/inner.txt',
    '/%2fetc/passwd',
    '/%2Fetc%2Fpasswd',
    '/plain.txt#x',
    '/plain.txt%0d%0aX: y',
    '/%E2%80%A8',
  ])('refuses to read %s as a path', async (path) => {
    const line = `GET /gateway/dataset/penguins${path} HTTP/1.1\r\n`;
    const answer = await rawExchange(
      world.port,
      `${line}Host: localhost:${world.port}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain(OUTSIDE);
  });

  it.each([
    'http://localhost/gateway/dataset/penguins/plain.txt',
    '//localhost/gateway/dataset/penguins/plain.txt',
    '*',
    'plain.txt',
    '/gateway/dataset/../dataset/penguins/plain.txt',
    '/gateway/dataset/penguins/../../../etc/passwd',
  ])('refuses the target %s', async (target) => {
    const answer = await rawExchange(
      world.port,
      `GET ${target} HTTP/1.1\r\nHost: localhost:${world.port}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ...[
      'C:',
      'c:x',
      'plain.txt::$DATA',
      'plain.txt:stream',
      'plain.txt.',
      'plain.txt ',
      'CON',
      'con.txt',
      'nul',
      'NUL.csv',
    ],
    ...[
      'aux',
      'COM1',
      'com¹.txt',
      'LPT9.log',
      'CONIN$',
      'a|b',
      'a<b',
      'a?b',
      'a*b',
      'a"b',
      'a\\b',
      'a/b',
      '',
      '.',
      '..',
      '.x',
    ],
  ])('never serves the name %j', async (name) => {
    expect(isServableName(name)).toBe(false);
    const answer = await openBeneath(files, [name], 'file');
    expect(answer).toEqual({ ok: false, error: 'absent' });
  });

  it('lists only what it serves', async () => {
    const { entries } = JSON.parse((await get('/')).text) as { entries: { name: string }[] };
    expect(entries).toEqual([
      { name: 'plain.txt', kind: 'file', size: 5 },
      { name: 'sub', kind: 'folder' },
      { name: 'übergröße é.txt', kind: 'file', size: 7 },
    ]);
    expect(JSON.parse((await get('/sub/')).text)).toEqual({
      entries: [{ name: 'deep', kind: 'folder' }],
      truncated: false,
    });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('never writes: %s', async (method) => {
    expect((await get('/plain.txt', method)).status).toBe(403);
  });

  it.each(Object.entries(openMethods))(
    'never follows a component that is swapped during the open (%s)',
    async (_name, method) => {
      const racing = join(world.folder, 'racing');
      mkdirSync(join(racing, 'real'), { recursive: true });
      mkdirSync(join(world.folder, 'elsewhere'), { recursive: true });
      writeFileSync(join(racing, 'real', 'data.txt'), 'ours');
      writeFileSync(join(world.folder, 'elsewhere', 'data.txt'), OUTSIDE);
      const race = { running: true };
      const swapping = (async () => {
        while (race.running) {
          renameSync(join(racing, 'real'), join(racing, 'aside'));
          symlinkSync(join(world.folder, 'elsewhere'), join(racing, 'real'));
          await new Promise((resolve) => setImmediate(resolve));
          rmSync(join(racing, 'real'));
          renameSync(join(racing, 'aside'), join(racing, 'real'));
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const seen = new Set<string>();
      for (let round = 0; round < 1500; round += 1) {
        const opened = await openBeneath(racing, ['real', 'data.txt'], 'file', method);
        if (!opened.ok) continue;
        seen.add(String(await opened.value.handle.readFile()));
        await opened.value.handle.close();
      }
      race.running = false;
      await swapping;
      const calm = await openBeneath(racing, ['real', 'data.txt'], 'file', method);
      expect(calm.ok).toBe(true);
      if (calm.ok) seen.add(String(await calm.value.handle.readFile().finally(() => calm.value.handle.close())));
      rmSync(racing, { recursive: true });
      expect([...seen]).toEqual(['ours']);
    },
  );

  it.each(Object.entries(openMethods))(
    'refuses links, FIFOs, hard links and folders as files (%s)',
    async (_name, method) => {
      for (const names of [
        ['link.txt'],
        ['inside-link.txt'],
        ['up', 'secret.txt'],
        ['sub-link', 'deep', 'inner.txt'],
        ['hard.txt'],
        ['fifo.csv'],
        ['sub'],
      ]) {
        expect(await openBeneath(files, names, 'file', method)).toEqual({ ok: false, error: 'absent' });
      }
      expect(await openBeneath(files, ['up'], 'folder', method)).toEqual({ ok: false, error: 'absent' });
      const inner = await openBeneath(files, ['sub', 'deep', 'inner.txt'], 'file', method);
      expect(inner).toMatchObject({ ok: true, value: { size: 5 } });
      if (inner.ok) await inner.value.handle.close();
    },
  );

  it.each(Object.entries(openMethods))('never calls a missing root empty (%s)', async (_name, method) => {
    expect(await openBeneath(join(world.folder, 'unmounted'), ['a.csv'], 'file', method)).toEqual({
      ok: false,
      error: 'unreadable',
    });
  });

  /** The answer after its first bytes, not read any further. */
  async function firstBytes(path: string): Promise<IncomingMessage> {
    const call = request({
      host: '127.0.0.1',
      agent: false,
      port: world.port,
      path: `/gateway/dataset/penguins${path}`,
      headers: { authorization: `Bearer ${token}` },
    });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    await once(response, 'readable');
    return response;
  }

  async function countRest(response: IncomingMessage): Promise<number> {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    response.on('error', () => undefined);
    if (!response.closed) await new Promise<void>((resolve) => response.once('close', () => resolve()));
    return bytes;
  }

  it('cuts the call when the file becomes shorter under it, and serves the old file when it is replaced', async () => {
    const path = join(files, 'large.txt');
    const size = 64 * 1024 * 1024;
    const file = await open(path, 'w');
    await file.truncate(size);
    const before = (await world.ledger.eventsOf('use.interrupted')).length;
    const response = await firstBytes('/large.txt');
    // Part of it is on its way and the rest cannot be in any buffer: now the file loses what was promised.
    await file.truncate(10);
    await file.close();
    const bytes = await countRest(response);
    expect(response.complete && bytes === size).toBe(false);
    await eventually(async () => (await world.ledger.eventsOf('use.interrupted')).length > before);
    expect((await world.ledger.eventsOf('use.interrupted')).at(-1)?.data.code).toBe('source_changed');
    rmSync(path);
  });

  it('leaves no descriptor open', async () => {
    const openFiles = () =>
      readdirSync('/proc/self/fd')
        .map(targetOf)
        .filter((target) => target.startsWith(files));
    for (const path of [
      '/plain.txt',
      '/',
      '/hard.txt',
      '/fifo.csv',
      '/link.txt',
      '/sub/deep/inner.txt',
      '/nothing',
      '/up/secret.txt',
    ]) {
      await get(path);
      await get(path, 'HEAD');
      await exchange({
        port: world.port,
        path: `/gateway/dataset/penguins${path}`,
        token,
        headers: { range: 'bytes=99999-' },
      });
    }
    await eventually(() => openFiles().length === 0);
  });
});

describe('ranges of a file', () => {
  it('serves one range, the whole file when the copy is stale, and says what it cannot serve', async () => {
    const world = await openGatewayWorld();
    writeFileSync(join(world.folder, 'files', 'data.parquet'), '0123456789');
    const { token } = await world.grant();
    const get = (headers: Record<string, string>, method = 'GET') =>
      exchange({ port: world.port, path: '/gateway/dataset/penguins/data.parquet', token, headers, method });
    const whole = await get({});
    const etag = String(whole.headers.etag);
    expect(whole.headers).toMatchObject({
      'content-type': 'application/vnd.apache.parquet',
      'content-length': '10',
      'accept-ranges': 'bytes',
    });
    expect(await get({ range: 'bytes=2-4' })).toMatchObject({ status: 206, text: '234' });
    expect((await get({ range: 'bytes=2-4' })).headers['content-range']).toBe('bytes 2-4/10');
    expect(await get({ range: 'bytes=7-' })).toMatchObject({ status: 206, text: '789' });
    expect(await get({ range: 'bytes=-3' })).toMatchObject({ status: 206, text: '789' });
    expect(await get({ range: 'bytes=-99' })).toMatchObject({ status: 206, text: '0123456789' });
    expect(await get({ range: 'bytes=0-99' })).toMatchObject({ status: 206, text: '0123456789' });
    expect(await get({ range: 'bytes=10-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */10' },
    });
    expect(await get({ range: 'bytes=-0' })).toMatchObject({ status: 416 });
    expect(await get({ range: 'bytes=4-2' })).toMatchObject({ status: 200 });
    expect(await get({ range: 'bytes=0-1,3-4' })).toMatchObject({ status: 200, text: '0123456789' });
    expect(await get({ range: 'lines=0-1' })).toMatchObject({ status: 200 });
    expect(await get({ range: 'bytes=2-4', 'if-range': etag })).toMatchObject({ status: 206 });
    expect(await get({ range: 'bytes=2-4', 'if-range': '"other"' })).toMatchObject({ status: 200 });
    expect(await get({ 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
    expect(await get({}, 'HEAD')).toMatchObject({ status: 200, text: '', headers: { 'content-length': '10' } });
    writeFileSync(join(world.folder, 'files', 'data.parquet'), '');
    expect(await get({})).toMatchObject({ status: 200, text: '' });
    expect(await get({ range: 'bytes=0-' })).toMatchObject({ status: 416 });
    await world.close();
  });
});
