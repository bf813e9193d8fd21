import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { boundedFetch } from '#electron/agent/session/bounded-fetch.ts';
import { fetchOver } from '#shared/port/fetch-client.ts';
import { serveFetch } from '#shared/port/fetch-server.ts';

const URL_OF_ALL = 'http://broker.daypass.internal/v1/me';

it('gives up on a thread that answers nothing, and on one that stops in the middle', async () => {
  const { port1, port2 } = new MessageChannel();
  const overPort = fetchOver(port1);
  const fetch = boundedFetch(async (request) => await overPort(request, 'ana'), 1000);
  await expect(fetch(new Request(URL_OF_ALL))).rejects.toThrow(/timeout/i);
  serveFetch(port2, async () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })));
  const begun = await fetch(new Request(URL_OF_ALL, { method: 'POST', body: '{}' }));
  await expect(begun.text()).rejects.toThrow(/timeout/i);
  port1.close();
});

it('leaves an answer that comes as it is', async () => {
  const { port1, port2 } = new MessageChannel();
  const overPort = fetchOver(port1);
  serveFetch(port2, async (request) => Response.json({ body: await request.text() }, { status: 201 }));
  const fetch = boundedFetch(async (request) => await overPort(request, 'ana'), 30_000);
  const answer = await fetch(new Request(URL_OF_ALL, { method: 'POST', body: 'words' }));
  expect([answer.status, await answer.json()]).toEqual([201, { body: 'words' }]);
  port1.close();
});
