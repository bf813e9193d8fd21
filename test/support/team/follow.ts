// The stream of events as a desktop follows it, for tests and benchmarks that wait for one.
import { followEvents } from '#shared/client/broker-events.ts';
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';
import type { Account } from '../oidc/accounts.ts';
import type { Team } from './open-team.ts';
import type { Replica } from './replica.ts';

export type Followed = {
  /** Resolves when the stream is open for the first time. */
  readonly open: Promise<void>;
  readonly stop: () => void;
};

export function follow(
  team: Team,
  account: Account,
  replica: Replica,
  onEvent: (event: BrokerEvent) => void,
): Followed {
  const ending = new AbortController();
  const opened = Promise.withResolvers<void>();
  void followEvents({
    fetch: async (request) => await team.fetchAs(account, request),
    baseUrl: replica.url,
    signal: ending.signal,
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    onOpen: () => opened.resolve(),
    onEvent,
    onLost: () => undefined,
  });
  return { open: opened.promise, stop: () => ending.abort() };
}
