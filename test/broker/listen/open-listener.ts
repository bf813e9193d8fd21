// A listener of the API on a real socket, before a broker that the test plays; and the lines that it logged.
import { Registry } from 'prom-client';
import { createCallLog } from '#broker/listen/call-log.ts';
import { createCallMetrics } from '#broker/listen/call-metrics.ts';
import { listenApi, type ApiListener, type Fetch } from '#broker/listen/listen-api.ts';
import { createLog } from '#broker/listen/log.ts';
import { createServers, type Servers } from '#broker/listen/open-server.ts';
import { trustedProxies } from '#broker/listen/remote-address.ts';
import type { TlsFiles } from '#broker/listen/tls-files.ts';

export type TestListener = {
  readonly api: ApiListener;
  readonly port: number;
  readonly servers: Servers;
  /** What was counted, as Prometheus reads it. */
  readonly counted: () => Promise<string>;
  /** What was logged, parsed. */
  readonly lines: () => readonly Record<string, unknown>[];
  readonly text: () => string;
  readonly troubles: unknown[];
  readonly close: () => Promise<void>;
};

export type ListenerOptions = {
  readonly fetch: Fetch;
  readonly tls?: TlsFiles;
  readonly publicUrl?: string;
  readonly proxies?: readonly string[];
  readonly connections?: number;
  /** Shorter than in real life. */
  readonly headersMs?: number;
  /** For headers and body together. */
  readonly requestMs?: number;
  /** False: the broker behind it does not come. */
  readonly serves?: boolean;
};

export async function openListener(options: ListenerOptions): Promise<TestListener> {
  let text = '';
  const log = createLog({ write: (line) => void (text += line) });
  const { count, metrics } = createCallMetrics({ secure: options.tls !== undefined });
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric);
  const calls = createCallLog(log, count);
  const troubles: unknown[] = [];
  const servers = createServers(options.tls ?? null, { connections: options.connections ?? 256 });
  const { requestMs, headersMs = requestMs } = options;
  const open: Servers['open'] = (given) =>
    servers.open({
      ...given,
      ...(headersMs === undefined ? {} : { headersTimeout: headersMs }),
      ...(requestMs === undefined ? {} : { requestTimeout: requestMs }),
    });
  const api = await listenApi({
    address: { host: '127.0.0.1', port: 0 },
    publicUrl: options.publicUrl,
    secure: options.tls !== undefined,
    servers: { ...servers, open },
    proxies: trustedProxies(options.proxies ?? []),
    calls,
    onTrouble: (error) => void troubles.push(error),
  });
  const serve: Fetch = async (request, caller) => {
    const { pathname } = new URL(request.url);
    calls.known(request, { route: pathname === '/healthz' ? pathname : '/v1/pattern/:id', subject: 'sub_test' });
    return await options.fetch(request, caller);
  };
  if (options.serves !== false) api.serve(serve);
  return {
    api,
    port: api.port,
    servers,
    counted: async () => await registry.metrics(),
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => text,
    troubles,
    close: async () => await api.close(0),
  };
}
