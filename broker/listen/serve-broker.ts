// A standalone broker as a process runs it: opens sockets, broker and log, reloads on request, and stops in the order
// that loses no call: not ready, then no more calls, then streams, then what runs, then the doors.
import { dirname, resolve } from 'node:path';
import type { StandaloneConfig } from '#shared/contracts/config.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS, type DurationMs } from '#shared/domain/time.ts';
import { createSystemClock } from '#broker/clock.ts';
import { loadConfig, type LoadedConfig } from '#broker/config/load-config.ts';
import { formatProblem, type ConfigProblem } from '#broker/config/problem.ts';
import type { Secrets } from '#broker/config/secrets.ts';
import type { Broker } from '#broker/broker.ts';
import { openLoaded, secretsOf } from '#broker/open-broker.ts';
import { VERSION } from '#broker/version.ts';
import { createCallLog, type CallLog } from './call-log.ts';
import { createCallMetrics, type CallMetrics } from './call-metrics.ts';
import { listenApi, type ApiListener } from './listen-api.ts';
import type { Log } from './log.ts';
import { createServers, type OpenServer, type Servers } from './open-server.ts';
import { remoteAddressOf, trustedProxies, type TrustedProxies } from './remote-address.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export type ServeOptions = {
  readonly configFile: string;
  /** Where secrets by `file:` and an SQLite store are; absent: the configuration's own folder. */
  readonly dataFolder?: string | undefined;
  /** The store is a restored backup: everything in it ends before anything is served. */
  readonly restored?: boolean;
  readonly log: Log;
};

export type ServedBroker = {
  /** Where the API and the gateway are called. */
  readonly publicUrl: string;
  readonly gatewayUrl: string;
  /** Reads catalog, policies and certificate again; what is not good stays as it was. Says both in the log. */
  readonly reload: () => Promise<void>;
  /** Stops gracefully; again: the same stop. */
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly config: StandaloneConfig;
  readonly loaded: LoadedConfig;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly servers: Servers;
  readonly proxies: TrustedProxies;
  readonly calls: CallLog;
  readonly metrics: CallMetrics;
  readonly restored: boolean;
};

const WARN_BEFORE_MS = 14 * DAY_MS;

/** Starts it. Refuses with every problem of the configuration; throws when keys, store, certificate or ports fail. */
export async function serveBroker(options: ServeOptions): Promise<Result<ServedBroker, readonly ConfigProblem[]>> {
  const { configFile, log } = options;
  const loaded = await loadConfig(configFile, options.dataFolder ?? dirname(resolve(configFile)));
  if (!loaded.ok) return loaded;
  const { config } = loaded.value;
  if (config.mode !== 'standalone') return err([notStandalone(configFile)]);
  const secrets = secretsOf(loaded.value);
  const metrics = createCallMetrics({ secure: config.tls !== undefined });
  const tls = await readTls(config, secrets, log);
  if (tls !== null) metrics.setCertificateEnd(tls.expiresAtMs);
  const parts: Parts = {
    config,
    loaded: loaded.value,
    secrets,
    log,
    servers: createServers(tls, config.limits),
    proxies: trustedProxies(config.trustedProxies),
    calls: createCallLog(log, metrics.count),
    metrics,
    restored: options.restored ?? false,
  };
  const api = await listenApi({
    ...parts,
    address: config.listen,
    publicUrl: config.publicUrl,
    secure: tls !== null,
    onTrouble: log.trouble,
  });
  return await serveBehind(api, parts);
}

/** Opens the broker behind a listener that is there already: a taken port is known before anything is changed. */
async function serveBehind(api: ApiListener, parts: Parts): Promise<Result<ServedBroker, readonly ConfigProblem[]>> {
  let broker: Awaited<ReturnType<typeof openLoaded>>;
  try {
    broker = await openLoaded(parts.loaded, parts.secrets, {
      onTrouble: parts.log.trouble,
      publicUrl: api.publicUrl,
      onCall: parts.calls.known,
      listenerMetrics: parts.metrics.metrics,
      gateway: gatewayOptions(parts),
      restored: parts.restored,
    });
  } catch (error) {
    await api.close(0);
    throw error;
  }
  if (!broker.ok) {
    await api.close(0);
    return broker;
  }
  api.serve(broker.value.fetch);
  const { publicUrl } = api;
  const { gatewayUrl } = broker.value;
  parts.log.info('serving', { version: VERSION, publicUrl, gatewayUrl, store: parts.loaded.store.kind });
  return ok(served(api, broker.value, parts));
}

function served(api: ApiListener, broker: Broker, parts: Parts): ServedBroker {
  const { config, log } = parts;
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    log.info('stopping');
    broker.drain();
    await elapsed(config.limits.drain);
    api.drain();
    // The listener still carries the answers of what runs; streams end with the broker's own close.
    await Promise.all([broker.close(), api.close(config.limits.shutdown)]);
    log.info('stopped');
  };
  return {
    publicUrl: api.publicUrl,
    gatewayUrl: broker.gatewayUrl,
    reload: async () => {
      await reloadRules(broker, log);
      await reloadTls(parts);
    },
    close: () => (closing ??= close()),
  };
}

function gatewayOptions({ config, servers, proxies, calls }: Parts) {
  const openServer: OpenServer = (options) => {
    const server = servers.open(options);
    server.on('request', (message, response) => {
      const forwardedFor = message.headers['x-forwarded-for'];
      const address = remoteAddressOf(message.socket.remoteAddress, String(forwardedFor ?? ''), proxies);
      calls.came(response, { address, route: '/gateway/:kind/:name/*' });
    });
    return server;
  };
  const { publicUrl } = config.gateway;
  return {
    openServer,
    limits: { connections: config.limits.connections },
    ...(publicUrl === undefined ? {} : { hostNames: [new URL(publicUrl).host] }),
  };
}

async function readTls(config: StandaloneConfig, secrets: Secrets, log: Log): Promise<TlsFiles | null> {
  if (config.tls === undefined) return null;
  const nowMs = createSystemClock().now();
  const files = await readTlsFiles(config.tls, secrets, nowMs);
  if (files.expiresAtMs - nowMs < WARN_BEFORE_MS)
    log.warn('the TLS certificate ends soon', { expiresAt: new Date(files.expiresAtMs).toISOString() });
  return files;
}

async function reloadRules(broker: Broker, log: Log): Promise<void> {
  try {
    const reloaded = await broker.reload();
    if (reloaded.ok) log.info('catalog and policies reloaded');
    else
      log.warn('catalog and policies refused; the old stay', { problems: reloaded.error.problems.map(formatProblem) });
  } catch (error) {
    log.trouble(error, 'reload');
  }
}

async function reloadTls({ config, secrets, servers, log, metrics }: Parts): Promise<void> {
  try {
    const files = await readTls(config, secrets, log);
    if (files === null) return;
    servers.setTls(files);
    metrics.setCertificateEnd(files.expiresAtMs);
    log.info('certificate reloaded', { expiresAt: new Date(files.expiresAtMs).toISOString() });
  } catch (error) {
    log.trouble(error, 'certificate');
  }
}

function notStandalone(file: string): ConfigProblem {
  const message = 'embedded brokers are started by the desktop app; this one wants standalone';
  return { file, line: 1, column: 1, path: 'mode', message };
}

async function elapsed(ms: DurationMs): Promise<void> {
  await new Promise((wake) => setTimeout(wake, ms));
}
