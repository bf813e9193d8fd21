// From Done to refused at the gateway: how long a token still works after its holder, or an owner, ended the grant.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectOk } from '#test/support/broker-world.ts';
import { callGateway } from '../../build/demo/gateway-call.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';
import { APPROVED, openBenchBroker } from '#test/support/bench-broker.ts';

export const run: Bench = async ({ count = '200' }) => {
  const broker = await openBenchBroker();
  try {
    const ana = await broker.client('ana');
    const lags: number[] = [];
    const receipts: number[] = [];
    for (let index = 0; index < Number(count); index += 1) {
      const request = expectOk(await ana.submit(APPROVED, randomUUID()));
      const collected = expectOk(await ana.collect(request.id, randomUUID()));
      const { secret: token, url: base } = collected.credential;
      const url = new URL('penguins.csv', base ?? undefined).href;
      const askedAtMs = performance.now();
      const released = ana.release(collected.grant.id);
      // Asked again and again from the same moment on: the first refusal counts, not the API's answer.
      for (;;) {
        const answer = await callGateway({ token, url });
        if (answer.status === 401) break;
      }
      lags.push(performance.now() - askedAtMs);
      receipts.push(expectOk(await released).receipt?.lagMs ?? Number.NaN);
    }
    const figures = rounded({ p50Ms: median(lags), p99Ms: p99(lags), receiptP99Ms: p99(receipts) });
    return {
      name: 'revoke',
      figures,
      floor: rounded({ loopbackCallP50Ms: median(await bareCalls()) }),
      goals: [goal(figures, 'p99Ms', { atMost: 100 })],
    };
  } finally {
    await broker.close();
  }
};

/** A call to a server on loopback that does nothing: no refusal can be seen sooner than that. */
async function bareCalls(): Promise<number[]> {
  const server = createServer((_request, response) => response.end('no'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const samples = await timeEach(200, async () => await (await fetch(`http://127.0.0.1:${port}/`)).text());
  await new Promise((resolve) => server.close(resolve));
  return samples;
}
