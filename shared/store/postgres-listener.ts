// One connection that listens for notifications, and comes back by itself. It wakes and carries no meaning: what was
// missed while it was away is made up by waking everybody once it is back.
import type { Client } from 'pg';
import { openConnection, type PostgresAddress } from './postgres-connections.ts';
import { StoreError } from './store-error.ts';

export type Listener = {
  readonly listen: (channel: string, listener: () => void) => () => void;
  readonly close: () => Promise<void>;
};

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** A connection whose other end is gone without a word is found out by this. */
const PING_EVERY_MS = 5000;

/** Connects when somebody listens. `onTrouble` is told when the connection is lost or cannot be had. */
export function createListener(address: PostgresAddress, onTrouble: (error: StoreError) => void): Listener {
  const listeners = new Map<string, Set<() => void>>();
  let client: Client | null = null;
  let running: Promise<void> | null = null;
  let stop: () => void = () => undefined;
  const closing = new AbortController();

  const wake = (channel: string): void => {
    for (const listener of listeners.get(channel) ?? []) listener();
  };

  /** Resolves when the connection ended, for whatever reason. */
  async function holdConnection(): Promise<void> {
    const opened = await openConnection(address, { statement_timeout: 0, idle_in_transaction_session_timeout: 0 });
    const ended = new Promise<void>((resolve) => {
      stop = resolve;
      opened.once('end', resolve);
      opened.once('error', () => resolve());
    });
    opened.on('notification', ({ channel }) => wake(channel));
    const ping = setInterval(() => void opened.query('select 1').catch(() => stop()), PING_EVERY_MS);
    try {
      for (const channel of listeners.keys()) await opened.query(`listen ${channel}`);
      client = opened;
      for (const channel of listeners.keys()) wake(channel);
      if (!closing.signal.aborted) await ended;
    } finally {
      client = null;
      clearInterval(ping);
      await opened.end().catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!closing.signal.aborted) {
      const heldFrom = process.hrtime.bigint();
      try {
        await holdConnection();
        if (!closing.signal.aborted) onTrouble(new StoreError('io', 'the connection that listens was lost'));
      } catch (error) {
        if (error instanceof StoreError) onTrouble(error);
        else onTrouble(new StoreError('io', 'the connection that listens could not be used'));
      }
      const heldMs = Number(process.hrtime.bigint() - heldFrom) / 1e6;
      pauseMs = heldMs > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      if (!closing.signal.aborted) await interruptible(pauseMs, (end) => (stop = end));
    }
  }

  return {
    listen(channel, listener) {
      if (!/^[a-z_]+$/.test(channel)) throw new RangeError('a channel has small letters and underscores only');
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known.add(listener));
      running ??= run();
      // A new name on a connection that is there already; a connection that fails now is opened again with all names.
      if (known.size === 1) void client?.query(`listen ${channel}`).catch(() => stop());
      return () => void known.delete(listener);
    },
    async close() {
      closing.abort();
      stop();
      await running;
    },
  };
}

function interruptible(pauseMs: number, endedBy: (end: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pauseMs);
    endedBy(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
