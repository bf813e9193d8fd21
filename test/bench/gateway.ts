// What the gateway adds to a call, and what it leaves of a bare proxy's throughput. Upstream, proxy and gateway run in
// threads of their own; every use is recorded in a durable store by the real ledger.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Agent } from 'undici';
import type { Part, PartReady } from '#test/support/bench-gateway.ts';
import { type BenchOptions, type BenchResult, goal, median, p99, rounded, timeEach, timeOnce } from './measure.ts';

type Running = PartReady & { readonly worker: Worker };
type Target = { readonly origin: string; readonly path: string; readonly headers: Record<string, string> };

const CONCURRENCY = 32;
const ROUNDS = 5;

async function start(part: Part): Promise<Running> {
  const worker = new Worker(new URL('../support/bench-gateway.ts', import.meta.url), { workerData: part });
  const [ready] = (await once(worker, 'message')) as [PartReady];
  return { worker, ...ready };
}

function target(running: Running, path: string, token?: string): Target {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { origin: `http://127.0.0.1:${running.port}`, path, headers };
}

async function cpuMs({ worker }: Running): Promise<number> {
  const answer = once(worker, 'message');
  worker.postMessage('cpu');
  return Number((await answer)[0]);
}

/** Reads one answer whole; anything but 200 would measure a refusal. */
async function call(agent: Agent, { origin, path, headers }: Target): Promise<number> {
  const { statusCode, body } = await agent.request({ origin, path, method: 'GET', headers });
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`);
  return bytes;
}

/** Takes turns, so that a slow moment of the machine meets all alike. */
async function inTurns<T>(
  targets: Readonly<Record<string, Target>>,
  measure: (target: Target) => Promise<T>,
): Promise<Record<string, T[]>> {
  const results: Record<string, T[]> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, one] of Object.entries(targets)) (results[name] ??= []).push(await measure(one));
  }
  return results;
}

async function perSecond(agent: Agent, one: Target, calls: number): Promise<number> {
  const each = Math.ceil(calls / CONCURRENCY);
  const workers = (): Promise<unknown> =>
    Promise.all(Array.from({ length: CONCURRENCY }, () => timeEach(each, () => call(agent, one))));
  return (1000 * each * CONCURRENCY) / (await timeOnce(workers));
}

async function mebibytesPerSecond(agent: Agent, one: Target): Promise<number> {
  let bytes = 0;
  const ms = await timeOnce(async () => {
    for (const amount of await Promise.all([call(agent, one), call(agent, one)])) bytes += amount;
  });
  return bytes / 1024 / 1024 / (ms / 1000);
}

function of<T>(results: Readonly<Record<string, T>>, name: string): T {
  const result = results[name];
  if (result === undefined) throw new RangeError(`no measurement ${name}`);
  return result;
}

export async function run(options: BenchOptions = {}): Promise<BenchResult> {
  const calls = Number(options['calls'] ?? 1000);
  const upstream = await start({ part: 'upstream' });
  const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
  const proxy = await start({ part: 'proxy', upstreamUrl });
  const gateway = await start({ part: 'gateway', upstreamUrl });
  const agent = new Agent({ connections: CONCURRENCY, pipelining: 1 });
  const small = {
    bare: target(upstream, '/v1/small'),
    proxy: target(proxy, '/v1/small'),
    gateway: target(gateway, '/gateway/model/m/v1/small', gateway.token),
  };
  const large = {
    proxy: target(proxy, '/v1/large'),
    gateway: target(gateway, '/gateway/model/m/v1/large', gateway.token),
    folder: target(gateway, '/gateway/dataset/d/large.parquet', gateway.fileToken),
  };
  try {
    for (const one of [...Object.values(small), ...Object.values(small)]) await timeEach(500, () => call(agent, one));
    const latencies = await inTurns(small, (one) => timeEach(calls / ROUNDS, () => call(agent, one)));
    const before = [await cpuMs(proxy), await cpuMs(gateway)] as const;
    const rates = await inTurns(small, (one) => perSecond(agent, one, calls));
    const cpu = {
      proxy: ((await cpuMs(proxy)) - before[0]) / (calls * ROUNDS),
      gateway: ((await cpuMs(gateway)) - before[1]) / (calls * ROUNDS),
    };
    const streams = await inTurns(large, (one) => mebibytesPerSecond(agent, one));
    return report({ latencies, rates, cpu, streams });
  } finally {
    gateway.worker.postMessage('close');
    await once(gateway.worker, 'exit');
    await Promise.all([agent.destroy(), upstream.worker.terminate(), proxy.worker.terminate()]);
  }
}

type Measured = {
  readonly latencies: Readonly<Record<string, number[][]>>;
  readonly rates: Readonly<Record<string, number[]>>;
  readonly streams: Readonly<Record<string, number[]>>;
  readonly cpu: { readonly proxy: number; readonly gateway: number };
};

function report({ latencies, rates, cpu, streams }: Measured): BenchResult {
  const bare = of(latencies, 'bare').flat();
  const proxied = of(latencies, 'proxy').flat();
  const guarded = of(latencies, 'gateway').flat();
  const rate = (name: string): number => median(of(rates, name));
  const stream = (name: string): number => median(of(streams, name));
  const figures = rounded({
    'added.p50Ms': median(guarded) - median(bare),
    'added.p99Ms': p99(guarded) - p99(bare),
    'small.perSecond': rate('gateway'),
    'small.ofProxy': rate('gateway') / rate('proxy'),
    'small.cpuMsPerCall': cpu.gateway,
    'large.mebibytesPerSecond': stream('gateway'),
    'large.ofProxy': stream('gateway') / stream('proxy'),
    'folder.mebibytesPerSecond': stream('folder'),
  });
  const floor = rounded({
    'bare.p50Ms': median(bare),
    'bare.p99Ms': p99(bare),
    'proxy.addedP50Ms': median(proxied) - median(bare),
    'proxy.addedP99Ms': p99(proxied) - p99(bare),
    'bare.perSecond': rate('bare'),
    'proxy.perSecond': rate('proxy'),
    'proxy.cpuMsPerCall': cpu.proxy,
    'proxy.mebibytesPerSecond': stream('proxy'),
  });
  const goals = [
    goal(figures, 'added.p50Ms', { atMost: 2 }),
    goal(figures, 'added.p99Ms', { atMost: 10 }),
    goal(figures, 'small.ofProxy', { atLeast: 0.5 }),
    goal(figures, 'large.ofProxy', { atLeast: 0.5 }),
  ];
  return { name: 'gateway', figures, floor, goals };
}
