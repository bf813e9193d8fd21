// The embedded broker's life as the desktop sees it: starting, ready, failed with a code, and started again when it
// stopped by itself. Never more than one runs.
import type { BrokerState } from '#shared/contracts/desktop/state.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import {
  startEmbeddedBroker,
  type EmbeddedBroker,
  type EmbeddedBrokerFiles,
  type StartRefused,
} from '#shared/port/embedded-broker.ts';
import { cleanLine } from '../clean-text.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import type { BrokerHost } from './broker-host.ts';
import { createHungLook } from './hung-look.ts';

type HostState = ReturnType<BrokerHost['state']>;
type FailedCode = Extract<BrokerState, { kind: 'failed' }>['code'];

export type EmbeddedHostOptions = EmbeddedBrokerFiles & {
  /** The worker's entry file. */
  readonly entry: URL;
  readonly timers: Timers;
  readonly log: Log;
  /** Told at each start: what the outbox pins of the ledger. */
  readonly onReady?: (broker: Pick<EmbeddedBroker, 'ledgerOrigin' | 'ledgerKeyFingerprint'>) => void;
};

/** Names the broker in device proofs; nothing listens there. */
const BASE_URL = 'http://broker.daypass.internal';
const FIRST_PAUSE_MS = SECOND_MS;
const LONGEST_PAUSE_MS = MINUTE_MS;
/** After so long a life a stop is no part of a series. */
const HEALTHY_MS = 2 * MINUTE_MS;
const MOST_PROBLEMS = 50;

/** What may pass without anybody changing a file: worth trying again by itself. */
const PASSING: ReadonlySet<FailedCode> = new Set(['gateway_port_taken', 'in_use', 'disk_full', 'stopped']);

/** Begins to start the broker at once; the state says how far it is. */
export function createEmbeddedHost(options: EmbeddedHostOptions): BrokerHost {
  const { timers, log } = options;
  const listeners = new Set<() => void>();
  let state: HostState = { kind: 'starting' };
  let broker: EmbeddedBroker | null = null;
  let people: EmbeddedBroker['people'] = [];
  let starting: Promise<void> | null = null;
  let cancelRetry: () => void = () => undefined;
  let failures = 0;
  let closed = false;

  function setState(next: HostState): void {
    state = next;
    for (const listener of listeners) listener();
  }

  async function startOnce(): Promise<void> {
    const started = await tryStart(options);
    if (!started.ok) return failed(started.error.code, started.error.problems);
    const running = started.value;
    if (closed) return await running.close();
    broker = running;
    people = running.people;
    options.onReady?.(running);
    let healthy = false;
    const cancelHealthy = timers.after(HEALTHY_MS, () => (healthy = true));
    inBackground(log, 'broker stopped', async () => {
      await running.stopped;
      cancelHealthy();
      if (broker !== running) return;
      broker = null;
      if (closed) return;
      if (healthy) failures = 0;
      log.trouble('broker stopped by itself', null);
      failed('stopped', []);
    });
    setState({ kind: 'ready', gatewayUrl: running.gatewayUrl });
  }

  function failed(code: FailedCode, problems: readonly string[]): void {
    setState({ kind: 'failed', code, problems: problems.slice(0, MOST_PROBLEMS).map((text) => cleanLine(text, 500)) });
    if (!PASSING.has(code) || closed) return;
    cancelRetry = timers.after(pauseMs(failures), start);
    failures += 1;
  }

  function start(): void {
    cancelRetry();
    if (closed || broker !== null || starting !== null) return;
    setState({ kind: 'starting' });
    starting = startOnce()
      .catch((error: unknown) => {
        log.trouble('start the broker', error);
        failed('start_failed', []);
      })
      .finally(() => {
        starting = null;
      });
  }

  const lookWhetherItHangs = createHungLook(log, timers);
  start();
  return {
    mode: 'embedded',
    baseUrl: BASE_URL,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    letsIn: () => true,
    people: () => people,
    fetch: async (request, user) => {
      if (broker === null) throw new Error('the broker is not running');
      return await broker.fetch(request, user);
    },
    retry: () => {
      failures = 0;
      const running = broker;
      if (running === null) start();
      else lookWhetherItHangs(running, () => setState({ kind: 'starting' }), start);
    },
    exportLedger: async (folder) => {
      if (broker === null) throw new Error('the broker is not running');
      return await broker.exportLedger(folder);
    },
    close: async () => {
      closed = true;
      cancelRetry();
      await starting;
      await broker?.close();
    },
  };
}

function pauseMs(failures: number): DurationMs {
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
}

async function tryStart(
  options: EmbeddedHostOptions,
): Promise<Awaited<ReturnType<typeof startEmbeddedBroker>> | { readonly ok: false; readonly error: StartRefused }> {
  const { entry, configFile, dataFolder, log } = options;
  return await startEmbeddedBroker({
    entry,
    configFile,
    dataFolder,
    // A person who just installed the app has none, and no tool to make them.
    createKeys: true,
    // The message may name paths, never a secret; where it happened is enough to begin with.
    onTrouble: (message, where) => log.trouble(`broker: ${where}`, new Error(message)),
  });
}
