// Follows the broker's stream of events over any fetch and comes back by itself, from the last event that was seen.
// It tells that something happened; what it is about is read again by the caller. Parses everything that comes.
import { createParser } from 'eventsource-parser';
import { brokerEventSchema, type BrokerEvent } from '../contracts/broker-api.ts';
import { urlOf } from './url-of.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '../domain/time.ts';

export type FollowOptions = {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Absolute. */
  readonly baseUrl: string;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Runs once after a time, unless it is cancelled. */
  readonly after: (delayMs: DurationMs, run: () => void) => () => void;
  /**
   * The stream is open. `resumed`: every event since the last one will still come. Else what happened before is unknown
   * and everything has to be read again.
   */
  readonly onOpen: (resumed: boolean) => void;
  readonly onEvent: (event: BrokerEvent) => void;
  /** The stream is lost, or could not be opened; it is tried again. `wasOpen`: it may only have reached its time. */
  readonly onLost: (wasOpen: boolean) => void;
  /**
   * So long at most after a loss one of many clients waits before it comes back, each as `random` (0 to 1) says: a broker
   * that starts again must not meet all of them at once. Without it one comes back at once.
   */
  readonly spread?: { readonly mostMs: DurationMs; readonly random: () => number };
};

/** The broker writes a comment each 15 s: this much silence is a dead connection. */
const SILENCE_MS = MINUTE_MS;
/** It greets at once. Something on the way that keeps the greeting back will keep everything back. */
const GREETING_MS = 15 * SECOND_MS;
/** A stream that lived so long was no part of a series of failures. */
const HEALTHY_MS = 10 * SECOND_MS;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30 * SECOND_MS;
const BAD_REQUEST = 400;
/** An event is small; more than this without an end is no stream of ours. */
const MOST_BUFFERED = 65_536;

/** Follows until the signal aborts. Never throws: what goes wrong is `onLost`, and tried again with growing pauses. */
export async function followEvents(options: FollowOptions): Promise<void> {
  let lastId: number | null = null;
  let failures = 0;
  const onEvent = (event: BrokerEvent): void => {
    // An event that came twice over a reconnect is told once.
    if (lastId !== null && event.id <= lastId) return;
    lastId = event.id;
    failures = 0;
    options.onEvent(event);
  };
  while (!options.signal.aborted) {
    const outcome = await followOnce(options, lastId, onEvent);
    if (options.signal.aborted) return;
    // Another ledger, or one from a backup, does not know our place: begin anew.
    if (outcome === 'unknown_place') lastId = null;
    if (outcome === 'was_healthy') failures = 0;
    options.onLost(outcome === 'was_open' || outcome === 'was_healthy');
    await pause(options, pauseMs(failures, options.spread));
    failures += 1;
  }
}

function pauseMs(failures: number, spread: FollowOptions['spread']): DurationMs {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
  if (spread === undefined) return longest;
  return longest * (0.5 + 0.5 * spread.random()) + spread.mostMs * spread.random();
}

type Outcome = 'was_open' | 'was_healthy' | 'failed' | 'unknown_place';

async function followOnce(
  options: FollowOptions,
  lastId: number | null,
  onEvent: (event: BrokerEvent) => void,
): Promise<Outcome> {
  const silent = new AbortController();
  const watchdog = createWatchdog(options.after, () => silent.abort());
  let cancelHealthy = (): void => undefined;
  let healthy = false;
  const signal = AbortSignal.any([options.signal, silent.signal]);
  const headers = new Headers({ accept: 'text/event-stream' });
  if (lastId !== null) headers.set('last-event-id', String(lastId));
  let open = false;
  const heard = (): void => {
    watchdog.heard();
    if (open) return;
    open = true;
    cancelHealthy = options.after(HEALTHY_MS, () => (healthy = true));
    options.onOpen(lastId !== null);
  };
  try {
    const response = await options.fetch(new Request(urlOf(options.baseUrl, '/v1/events'), { headers, signal }));
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return response.status === BAD_REQUEST && lastId !== null ? 'unknown_place' : 'failed';
    }
    await readStream(response.body, signal, heard, onEvent);
  } catch {
    // Said below by how far it came.
  } finally {
    watchdog.stop();
    cancelHealthy();
    // Whoever stops reading must say so, or the other end keeps the stream.
    silent.abort();
  }
  if (!open) return 'failed';
  return healthy ? 'was_healthy' : 'was_open';
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  heard: () => void,
  onEvent: (event: BrokerEvent) => void,
): Promise<void> {
  const parser = createParser({
    maxBufferSize: MOST_BUFFERED,
    onEvent: ({ data }) => onEvent(brokerEventSchema.parse(JSON.parse(data))),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      heard();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function createWatchdog(
  after: FollowOptions['after'],
  bark: () => void,
): { readonly heard: () => void; readonly stop: () => void } {
  let cancel = after(GREETING_MS, bark);
  return {
    heard: () => {
      cancel();
      cancel = after(SILENCE_MS, bark);
    },
    stop: () => cancel(),
  };
}

async function pause({ after, signal }: FollowOptions, delayMs: DurationMs): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = after(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
