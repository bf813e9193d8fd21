// The servers of the gateway benchmark, each in a thread of its own: the upstream, a bare proxy, the gateway.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Agent } from 'undici';
import { createLedger } from '#broker/ledger/create-ledger.ts';
import { ledgerMigrations } from '#broker/ledger/migrations.ts';
import { openGatewayWorld } from '#test/support/gateway-world.ts';

export type Part = { readonly part: 'upstream' } | { readonly part: 'proxy' | 'gateway'; readonly upstreamUrl: string };
export type PartReady = { readonly port: number; readonly token: string; readonly fileToken: string };

export const LARGE_BYTES = 64 * 1024 * 1024;

function serve(listener: RequestListener): void {
  const server = createServer(listener).listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port));
}

function ready(port: number, token = '', fileToken = ''): void {
  parentPort?.postMessage({ port, token, fileToken } satisfies PartReady);
}

function upstream(): void {
  const small = Buffer.from(JSON.stringify({ answer: 'x'.repeat(1000) }));
  const piece = randomBytes(64 * 1024);
  serve((request, response) => {
    if (request.url !== '/v1/large') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': small.length }).end(small);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': LARGE_BYTES });
    let left = LARGE_BYTES / piece.length;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!response.write(piece)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
}

/** What any proxy must do, and nothing else. */
function proxy(upstreamUrl: string): void {
  const agent = new Agent({ connections: 128, pipelining: 1 });
  serve((request, response) => {
    void agent
      .request({ origin: upstreamUrl, path: request.url ?? '/', method: 'GET' })
      .then(({ statusCode, headers, body }) => {
        response.writeHead(statusCode, {
          'content-type': String(headers['content-type']),
          'content-length': String(headers['content-length']),
        });
        return pipeline(body, response);
      });
  });
}

async function gateway(upstreamUrl: string): Promise<void> {
  const databaseFolder = mkdtempSync(join(tmpdir(), 'daypass-bench-'));
  const actions = { read: [{ methods: ['GET'], paths: ['/v1/:name'] }] };
  const world = await openGatewayWorld({
    databasePath: join(databaseFolder, 'broker.db'),
    resources: [
      {
        id: 'model:m',
        actions,
        upstream: { kind: 'http', url: upstreamUrl, privateNetwork: true, secret: { from: 'env:S' } },
      },
      { id: 'dataset:d', actions: { read: [{ methods: ['GET'], paths: ['/*'] }] } },
    ],
    secrets: { 'env:S': randomBytes(32).toString('hex') },
    ledger: {
      migrations: ledgerMigrations,
      open: (store, clock) =>
        createLedger({ store, clock, ledgerSeed: randomBytes(32), erasureKey: randomBytes(32), bootId: 'boot_bench' }),
    },
  });
  // As a loaded catalog gives them: frozen, so that what follows from them is worked out once.
  for (const resource of world.resources.values()) {
    Object.freeze(resource.upstream);
    Object.freeze(resource);
  }
  writeFileSync(join(world.folder, 'files', 'large.parquet'), randomBytes(LARGE_BYTES));
  const { token } = await world.grant({ resource: 'model:m' });
  const { token: fileToken } = await world.grant({ resource: 'dataset:d' });
  const closeAll = async (): Promise<void> => {
    await world.close();
    rmSync(databaseFolder, { recursive: true, force: true });
    parentPort?.removeAllListeners('message').close();
  };
  parentPort?.on('message', (message) => {
    if (message !== 'close') return;
    void closeAll();
  });
  ready(world.port, token, fileToken);
}

/** Time on the processor, in ms: what a busy machine cannot blur. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

parentPort?.on('message', (message) => {
  if (message === 'cpu') parentPort?.postMessage(cpuMs());
});
const part = workerData as Part;
if (part.part === 'upstream') upstream();
else if (part.part === 'proxy') proxy(part.upstreamUrl);
else await gateway(part.upstreamUrl);
