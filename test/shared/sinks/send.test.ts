// The way out by itself: to whom it speaks, and what an answer without an end can do to it.
import { createServer, type RequestListener, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { openSender, type Post, type Sender } from '#shared/sinks/send.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';

const servers: Server[] = [];
const senders: Sender[] = [];
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(host: string, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return `http://${host}:${address.port}/`;
}
function sender(url: string, answerMs: number = MINUTE_MS): Sender {
  const opened = openSender({ url, connectMs: MINUTE_MS, answerMs });
  senders.push(opened);
  return opened;
}
const POST: Post = { headers: { authorization: 'secret' }, body: Buffer.from('{}'), readAnswer: true };
const never = (): AbortSignal => new AbortController().signal;

/** Of this machine, and yet not the address of nobody else. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

describe('what leaves', () => {
  it.skipIf(outside === undefined)('leaves in clear to this machine only, whatever its name leads to', async () => {
    let heard = 0;
    const url = await listen('0.0.0.0', (_request, response) => {
      heard += 1;
      response.end();
    });
    const elsewhere = url.replace('0.0.0.0', outside ?? '');
    expect(await sender(elsewhere).post(POST, never())).toEqual({ kind: 'failed', code: 'unreachable' });
    expect(heard).toBe(0);
    const here = url.replace('0.0.0.0', '127.0.0.1');
    expect(await sender(here).post(POST, never())).toMatchObject({ kind: 'answered', status: 200 });
  });
});

describe('an answer without an end', () => {
  const endless: RequestListener = (_request, response) => {
    response.writeHead(200);
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 97)));
    };
    response.on('drain', write);
    write();
  };

  it('that nobody asked for holds up no later delivery', async () => {
    const to = sender(await listen('127.0.0.1', endless));
    for (let count = 0; count < 5; count += 1)
      expect(await to.post({ ...POST, readAnswer: false }, never())).toMatchObject({ status: 200, body: null });
  });

  it('is read as far as an answer ever goes, and is none then', async () => {
    const to = sender(await listen('127.0.0.1', endless));
    for (let count = 0; count < 5; count += 1)
      expect(await to.post(POST, never())).toMatchObject({ status: 200, body: null });
  });

  it('that comes byte by byte is cut, and told from one that never came', async () => {
    const url = await listen('127.0.0.1', (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('{'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const to = openSender({ url, connectMs: 100, answerMs: 200 });
    senders.push(to);
    expect(await to.post(POST, never())).toEqual({ kind: 'failed', code: 'timed_out' });
  });
});
