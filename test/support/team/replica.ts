// One replica as a real process of its own: started, stopped, killed at any moment, started again on the same port.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export type Replica = {
  readonly name: string;
  /** Base URL of its API. */
  readonly url: string;
  /** Base URL of its gateway. */
  readonly gatewayUrl: string;
  readonly configFile: string;
  readonly isRunning: () => boolean;
  /** It runs and has said that it is ready, as a load balancer would know. */
  readonly isServing: () => boolean;
  /** Of the process that runs now, or ran last; null before the first. */
  readonly pid: () => number | null;
  /** Resolves when it serves. Rejects when it ends before, with what it printed. */
  readonly start: () => Promise<void>;
  /** Asks it to stop and waits; gives its exit code, null when it had to be killed. */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL: no more instruction of it runs. Resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** SIGHUP: reads its rules again. */
  readonly hangUp: () => void;
  /** What it printed over all of its lives, the newest part. */
  readonly log: () => string;
  /** The last of what it printed, without the line that each call gets. */
  readonly troubles: () => string;
};

export type ReplicaOptions = {
  readonly name: string;
  readonly url: string;
  readonly gatewayUrl: string;
  readonly configFile: string;
  /** The command line after Node's own name. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A path of its API that answers with 200 once it serves. */
  readonly readyPath?: string;
};

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const LOG_CHARACTERS = 200_000;

export function createReplica(options: ReplicaOptions): Replica {
  const { name, url, gatewayUrl, configFile, readyPath = '/readyz' } = options;
  let child: ChildProcess | null = null;
  let ready: ChildProcess | null = null;
  let log = '';
  const keep = (chunk: Buffer): void => {
    log = `${log}${chunk.toString()}`.slice(-LOG_CHARACTERS);
  };
  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;
  const kill = async (): Promise<void> => {
    const running = child;
    if (running === null || !isRunning()) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  // Whatever ends this process: no replica goes on without it.
  process.once('exit', () => void child?.kill('SIGKILL'));
  return {
    name,
    url,
    gatewayUrl,
    configFile,
    isRunning,
    isServing: () => isRunning() && ready === child,
    pid: () => child?.pid ?? null,
    kill,
    hangUp: () => void child?.kill('SIGHUP'),
    log: () => log,
    troubles: () => troublesIn(log),
    start: async () => {
      if (isRunning()) return;
      const started = spawn(process.execPath, options.command, {
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stdout.on('data', keep);
      started.stderr.on('data', keep);
      await untilReady(new URL(readyPath, url), () => child === started && isRunning()).catch((error: unknown) => {
        throw new Error(`${name} does not serve. It printed:\n${troublesIn(log)}`, { cause: error });
      });
      ready = started;
    },
    stop: async () => {
      const running = child;
      if (running === null || !isRunning()) return running?.exitCode ?? null;
      const gone = once(running, 'exit');
      running.kill('SIGTERM');
      const inTime = await Promise.race([gone.then(() => true), sleep(STOP_LIMIT_MS, false, { ref: false })]);
      if (!inTime) await kill();
      return running.exitCode;
    },
  };
}

/** Asks until it says yes. Rejects when the process is gone (a kill during its start is one), or after a minute. */
async function untilReady(url: URL, isAlive: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + START_LIMIT_MS;
  while (isAlive()) {
    if (Date.now() > giveUpAtMs) throw new Error('it was not ready in time');
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    if (answer?.ok === true) return;
    await sleep(20);
  }
  throw new Error('it ended');
}

function troublesIn(log: string): string {
  const lines = log.split('\n').filter((line) => line !== '' && !line.includes('"level":"info"'));
  return lines.slice(-40).join('\n');
}
