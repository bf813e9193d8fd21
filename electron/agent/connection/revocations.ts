// Refresh tokens that nobody is to use any more, made worthless at the provider (RFC 7009). One that could not be told is
// tried again while the program runs; it is kept in memory alone, and ends by itself at the provider if that fails.
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import type { Network } from './https-fetch.ts';
import { openProvider } from './provider.ts';
import type { SignInOffer } from './sign-in-offer.ts';

export type Revocations = {
  /** Resolves after the first try. */
  readonly add: (offer: SignInOffer, refreshToken: string) => Promise<void>;
  readonly waiting: () => number;
  readonly close: () => void;
};

type Due = { readonly offer: SignInOffer; readonly refreshToken: string };

const FIRST_RETRY_MS = 5 * SECOND_MS;
const LONGEST_RETRY_MS = 10 * MINUTE_MS;

export function createRevocations(network: Pick<Network, 'fetch'>, timers: Timers, log: Log): Revocations {
  const due = new Set<Due>();
  let failures = 0;
  let cancelRetry: () => void = () => undefined;
  let closed = false;

  async function revoke(one: Due): Promise<void> {
    const provider = await openProvider({ network, offer: one.offer, wallBehindMs: () => 0 });
    // One that cannot be believed gets no token to read.
    const done = provider.ok ? await provider.value.revoke(one.refreshToken) : provider.error !== 'unreachable';
    if (done) due.delete(one);
  }
  function retryLater(): void {
    cancelRetry();
    if (due.size === 0 || closed) return void (failures = 0);
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    failures += 1;
    cancelRetry = timers.after(pauseMs, () =>
      inBackground(log, 'revoke a sign-in', async () => {
        for (const one of due) await revoke(one);
        retryLater();
      }),
    );
  }
  return {
    add: async (offer, refreshToken) => {
      const one = { offer, refreshToken };
      due.add(one);
      try {
        await revoke(one);
      } finally {
        retryLater();
      }
    },
    waiting: () => due.size,
    close: () => {
      closed = true;
      cancelRetry();
      due.clear();
    },
  };
}
