// One configured user at the broker: keeps that user's book true, by events and by reading again, over every outage.
// It decides nothing: what a change means is told to its listener, once for each change.
import { isChangeNews } from '../notices/change-notices.ts';
import { isDesktopAlarm } from '../oversight/desktop-news.ts';
import type { BrokerEvent, RequestView } from '#shared/contracts/broker-api.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { followEvents } from '#shared/client/broker-events.ts';
import type { Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { openBook, type Book, type Pages } from './book.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { markEvent } from './due.ts';
import type { PersonDeps } from './person-deps.ts';
import type { reach, Refused } from './reach.ts';
import { readDue, type ReadDeps } from './read-due.ts';
import { createReader, type Reader } from './reader.ts';

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
  /** The broker does not let this person in any more: nothing waits for their answer. */
  readonly forgetApprovals: () => void;
  /** Follows from now on; again: from a new beginning, as after a restart of the broker. */
  readonly follow: () => void;
  readonly close: () => Promise<void>;
};

/** Should an event ever be lost, it is at most this late. */
const POLL_MS = 5 * MINUTE_MS;
/** Without a stream, as behind a proxy that cuts or keeps it, everything is asked for so often. */
const WITHOUT_STREAM_MS = 20 * SECOND_MS;
/** A thousand desktops come back to a team's broker within this time. */
const SPREAD_MS = 3 * SECOND_MS;

export function createPerson(deps: PersonDeps): Person {
  const { user, host, listener, timers } = deps;
  const team = host.mode === 'team';
  const fetch = async (request: Request): Promise<Response> => await host.fetch(request, user);
  const client = createBrokerClient({ ...deps, fetch: boundedFetch(fetch), baseUrl: host.baseUrl });
  let reads = new AbortController();
  const readingFetch = async (request: Request): Promise<Response> =>
    await fetch(new Request(request, { signal: AbortSignal.any([request.signal, reads.signal]) }));
  /** For what is only read, and may be read again at any time. */
  const readingClient = createBrokerClient({ ...deps, fetch: boundedFetch(readingFetch), baseUrl: host.baseUrl });
  const { book, pages } = openBook(listener.changed);
  let reachable = true;
  let following: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  let cancelPoll: () => void = () => undefined;
  let closed = false;

  const setReachable = (now: boolean): void => {
    if (reachable === now) return;
    reachable = now;
    listener.changed();
  };
  const readDeps: ReadDeps = { ...deps, client: readingClient, book, pages, heard: setReachable };
  const reader = createReader(async (due) => await readDue(readDeps, due), timers);

  function rereadAll(): void {
    reader.mark((due) => {
      due.everything = true;
    });
  }
  function pollEach(everyMs: DurationMs): void {
    cancelPoll();
    if (closed) return;
    // Not in step with anybody else's.
    cancelPoll = timers.after(team ? everyMs * (0.75 + 0.5 * Math.random()) : everyMs, () => {
      rereadAll();
      pollEach(everyMs);
    });
  }
  function follow(): void {
    following?.stop.abort();
    // A reading that waits for a connection which died would hold up all others.
    reads.abort();
    reads = new AbortController();
    if (closed) return;
    const stop = new AbortController();
    const ended = followEvents({
      fetch,
      baseUrl: host.baseUrl,
      signal: stop.signal,
      after: timers.after,
      onOpen: (resumed) => {
        setReachable(true);
        if (resumed) reader.goOn();
        else rereadAll();
        pollEach(POLL_MS);
      },
      onEvent: eventMarker(deps, reader),
      onLost: (wasOpen) => {
        // A team's broker ends each stream with its token: only one that does not come back means that nobody is there.
        if (!team) return setReachable(false);
        if (wasOpen) return;
        setReachable(false);
        pollEach(WITHOUT_STREAM_MS);
      },
      ...(team ? { spread: { mostMs: SPREAD_MS, random: Math.random } } : {}),
    });
    following = { stop, ended };
  }

  return {
    user,
    client,
    book,
    reachable: () => reachable,
    call: async (call) => {
      const answer = await call(client);
      setReachable(answer.ok || answer.error.code !== 'unreachable');
      return answer;
    },
    learn: (view) => {
      const before = pages.putRequest(view);
      listener.onRequest(view, before);
    },
    rereadRequest: (requestId) => reader.mark((due) => void due.requests.add(requestId)),
    rereadGrant: (grantId) => reader.mark((due) => void due.grants.add(grantId)),
    rereadAll,
    forgetApprovals: () => forgetApprovals(book, pages, listener),
    follow,
    close: async () => {
      closed = true;
      cancelPoll();
      following?.stop.abort();
      await Promise.allSettled([following?.ended, reader.close()]);
    },
  };
}

const FOR_ALL: ReadonlySet<string> = new Set(['config.changed', 'subject.erased']);

/** What changed for all is read by all: what waits for an answer at once, the rest not in step with everybody. */
function eventMarker({ host, scope, timers, listener }: PersonDeps, reader: Reader): (event: BrokerEvent) => void {
  return (event) => {
    if (isDesktopAlarm(event) || isChangeNews(event)) listener.onOversightNews(event);
    const mark = (): void => reader.mark((due) => markEvent(due, event));
    if (host.mode !== 'team' || !FOR_ALL.has(event.kind)) return mark();
    reader.mark((due) => void (due.approvals = scope() === 'all'));
    timers.after(SPREAD_MS * Math.random(), mark);
  };
}

function forgetApprovals(book: Book, pages: Pages, listener: PersonDeps['listener']): void {
  const before = book.approvals();
  if (before.size === 0) return;
  pages.setApprovals([]);
  listener.onApprovals(before);
}
