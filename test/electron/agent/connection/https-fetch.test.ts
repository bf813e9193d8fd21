// The desktop's only way out, against servers that are not who they should be.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openNetwork, type Network } from '#electron/agent/connection/https-fetch.ts';

let folder: string;
let certificate: string;
let key: string;
let seen: { readonly url: string; readonly authorization: string | undefined }[] = [];
const servers: Server[] = [];
const networks: Network[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-tls-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-keyout', keyFile, '-out', file, ...subject], { stdio: 'ignore' });
  key = readFileSync(keyFile, 'utf8');
  certificate = readFileSync(file, 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  vi.unstubAllEnvs();
  seen = [];
  for (const network of networks.splice(0)) await network.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('request', ({ url = '', headers: { authorization } }) => seen.push({ url, authorization }));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port; // A TCP server has an address of this kind.
}

function network(authorities?: readonly string[]): Network {
  const opened = openNetwork(authorities);
  networks.push(opened);
  return opened;
}

const withToken = (url: string): Request => new Request(url, { headers: { authorization: 'Bearer a-token' } });

describe('the way out', () => {
  it('takes new connections after a sleep, and lets what is under way end', async () => {
    const answers: (() => void)[] = [];
    const sockets: Socket[] = [];
    const server = createServer(({ url, socket }, response) => {
      sockets.push(socket);
      if (url === '/slow') answers.push(() => response.end('late'));
      else response.end('hello');
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    const out = network();
    const text = async (path: string): Promise<string> => await (await out.fetch(new Request(`${url}${path}`))).text();
    await text('/');
    const slow = text('/slow');
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    const before = [...sockets];
    out.renew();
    await text('/');
    expect(before).not.toContain(sockets.at(-1));
    answers[0]?.();
    expect(await slow).toBe('late');
    await vi.waitFor(() => expect(before.every(({ destroyed }) => destroyed)).toBe(true));
    expect(sockets.at(-1)?.destroyed).toBe(false);
  });

  it('speaks to nobody whose certificate is not trusted, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const port = await listen(createTlsServer({ key, cert: certificate }, (_, response) => response.end('hello')));
    await expect(network().fetch(withToken(`https://localhost:${port}/`))).rejects.toThrow();
    expect(seen).toEqual([]);
    const answer = await network([certificate]).fetch(withToken(`https://localhost:${port}/`));
    expect(await answer.text()).toBe('hello');
  });

  it('speaks to nobody whose certificate is for another name', async () => {
    const port = await listen(createTlsServer({ key, cert: certificate }, (_, response) => response.end('hello')));
    await expect(network([certificate]).fetch(withToken(`https://127.0.0.1:${port}/`))).rejects.toThrow();
    expect(seen).toEqual([]);
  });

  it('follows no redirect with a token', async () => {
    const elsewhere = await listen(createServer((_, response) => response.end('stolen')));
    const location = `http://127.0.0.1:${elsewhere}/take`;
    const port = await listen(createServer((_, response) => response.writeHead(307, { location }).end()));
    await expect(network().fetch(withToken(`http://127.0.0.1:${port}/`))).rejects.toThrow();
    expect(seen.map(({ url }) => url)).toEqual(['/']);
  });

  it('gives no token to a proxy of the environment', async () => {
    const proxy = await listen(createServer((_, response) => response.end('proxied')));
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
      vi.stubEnv(name, `http://127.0.0.1:${proxy}`);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const port = await listen(createServer((_, response) => response.end('direct')));
    expect(await (await network().fetch(withToken(`http://127.0.0.1:${port}/`))).text()).toBe('direct');
  });

  it.each(['http://daypass.example.org/', 'http://192.168.1.2/', 'ftp://127.0.0.1/', 'https://user:secret@127.0.0.1/'])(
    'does not even try %s',
    async (url) => {
      const request = { url, headers: new Headers(), method: 'GET', body: null, signal: AbortSignal.timeout(1000) };
      // A Request refuses some of these itself: here it is about the second door.
      await expect(network().fetch(request as Request)).rejects.toThrow('not an address');
    },
  );

  it('reads no answer without end, but a stream of events', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    const type = { plain: 'application/json', events: 'text/event-stream' };
    const serve = async (contentType: string): Promise<number> =>
      await listen(
        createServer((_, response) => {
          response.writeHead(200, { 'content-type': contentType });
          const write = (): void => {
            while (!response.destroyed && response.write(block));
            if (!response.destroyed) response.once('drain', write);
          };
          write();
        }),
      );
    const plain = await network().fetch(new Request(`http://127.0.0.1:${await serve(type.plain)}/`));
    await expect(plain.arrayBuffer()).rejects.toThrow();
    const events = await network().fetch(new Request(`http://127.0.0.1:${await serve(type.events)}/`));
    const reader = events.body?.getReader();
    for (let bytes = 0; bytes < 20 * block.byteLength;) bytes += (await reader?.read())?.value?.byteLength ?? Infinity;
    await reader?.cancel();
  });
});
