// One configured user at the broker: keeps that user's book true, by events and by reading again, over every outage.
// It decides nothing: what a change means is told to its listener, once for each change.
import type { BrokerEvent, RequestView } from '#shared/contracts/broker-api.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { followEvents } from '#shared/client/broker-events.ts';
import type { Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { openBook, type Book } from './book.ts';
import { emptyDue, isNothingDue, markEvent, type Due } from './due.ts';
import type { PersonDeps } from './person-deps.ts';
import { isPassing, type reach, type Refused } from './reach.ts';
import { readDue, type ReadDeps } from './read-due.ts';

export type Person = {
  readonly user: string;
  readonly client: BrokerClient;
  readonly book: Book;
  /** Whether the broker answered the last time. */
  readonly reachable: () => boolean;
  /** Calls, and learns from it whether the broker is there. */
  readonly call: <T>(call: (client: BrokerClient) => ReturnType<typeof reach<T>>) => Promise<Result<T, Refused>>;
  /** Puts what a call answered into the book, as an event would have. */
  readonly learn: (view: RequestView) => void;
  readonly rereadRequest: (requestId: string) => void;
  /** Asks whether the grant is over. */
  readonly rereadGrant: (grantId: string) => void;
  readonly rereadAll: () => void;
  /** Follows from now on; again: from a new beginning, as after a restart of the broker. */
  readonly follow: () => void;
  readonly close: () => Promise<void>;
};

/** Should an event ever be lost, it is at most this late. */
const POLL_MS = 5 * MINUTE_MS;
const RETRY_MS = 5 * SECOND_MS;

export function createPerson(deps: PersonDeps): Person {
  const { user, host, listener, timers } = deps;
  const fetch = async (request: Request): Promise<Response> => await host.fetch(request, user);
  const client = createBrokerClient({ ...deps, fetch, baseUrl: host.baseUrl });
  const { book, pages } = openBook(listener.changed);
  let reachable = true;
  let due: Due = emptyDue();
  let reading: Promise<void> | null = null;
  let following: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  let cancelPoll: () => void = () => undefined;
  let closed = false;

  const setReachable = (now: boolean): void => {
    if (reachable === now) return;
    reachable = now;
    listener.changed();
  };
  const reader: ReadDeps = { ...deps, client, book, pages, heard: setReachable };

  function kick(): void {
    if (closed || reading !== null || isNothingDue(due)) return;
    const now = due;
    due = emptyDue();
    reading = readDue(reader, now)
      .then((left) => {
        if (left === null) return;
        due = left.merge(due);
        if (!closed) timers.after(RETRY_MS, kick);
      })
      .finally(() => {
        reading = null;
        if (reachable) kick();
      });
  }
  function poll(): void {
    cancelPoll();
    cancelPoll = timers.after(POLL_MS, () => {
      rereadAll();
      poll();
    });
  }
  function rereadAll(): void {
    due.everything = true;
    kick();
  }
  function onEvent(event: BrokerEvent): void {
    if (markEvent(due, event)) kick();
  }
  function learn(view: RequestView): void {
    const before = pages.putRequest(view);
    listener.onRequest(view, before);
  }

  return {
    user,
    client,
    book,
    reachable: () => reachable,
    call: async (call) => {
      const answer = await call(client);
      setReachable(answer.ok || answer.error.code !== 'unreachable');
      if (!answer.ok && isPassing(answer.error)) timers.after(RETRY_MS, kick);
      return answer;
    },
    learn,
    rereadRequest: (requestId) => {
      due.requests.add(requestId);
      kick();
    },
    rereadGrant: (grantId) => {
      due.grants.add(grantId);
      kick();
    },
    rereadAll,
    follow: () => {
      following?.stop.abort();
      if (closed) return;
      const stop = new AbortController();
      const ended = followEvents({
        fetch,
        baseUrl: host.baseUrl,
        signal: stop.signal,
        after: timers.after,
        onOpen: (resumed) => {
          setReachable(true);
          if (!resumed) due.everything = true;
          kick();
          poll();
        },
        onEvent,
        onLost: () => setReachable(false),
      });
      following = { stop, ended };
    },
    close: async () => {
      closed = true;
      cancelPoll();
      following?.stop.abort();
      await Promise.allSettled([following?.ended, reading]);
    },
  };
}
