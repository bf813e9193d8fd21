// The access token of who is signed in, in memory alone, and the refresh token behind it, which rotates: one hand at a
// time, the new one kept before the access token that came with it is used. Being offline ends no sign-in.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import { createHeldToken } from './held-token.ts';
import type { SignInKeeper } from './kept-sign-in.ts';
import type { Provider, ProviderRefused } from './provider.ts';
import { createRefreshToken } from './refresh-token.ts';
import { isSameAccount, type Account } from './sign-in-state.ts';
import type { SignInOffer } from './sign-in-offer.ts';
import type { Granted } from './token-answer.ts';

export type TokenRefused = 'signed_out' | 'unreachable';

export type AccessTokens = {
  /** One that is good now; asks the provider when it has to. */
  readonly get: () => Promise<Result<string, TokenRefused>>;
  /** The broker does not take this one: the next is another. */
  readonly refused: (accessToken: string) => void;
  /** Of a sign-in just made. What it takes the place of is forgotten, and revoked if it was another account's. */
  readonly take: (granted: Granted, account: Account, offer: SignInOffer) => Promise<void>;
  /** Nothing is left here; the refresh token is revoked at the provider, now or later. */
  readonly end: (why: 'signed_out' | 'expired' | 'refused') => Promise<void>;
  /** The network may be back: tries without a pause. */
  readonly retry: () => void;
  readonly close: () => Promise<void>;
};

export type AccessTokensOptions = {
  readonly keeper: SignInKeeper;
  readonly provider: (offer: SignInOffer) => Promise<Result<Provider, ProviderRefused>>;
  readonly revoke: (offer: SignInOffer, refreshToken: string) => Promise<void>;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** The provider does not take the sign-in any more. */
  readonly expired: () => void;
};

export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { keeper, log } = options;
  const inTurn = createTurns();
  const held = createHeldToken({ ...options, due: () => inBackground(log, 'refresh the sign-in', get) });
  const behind = createRefreshToken({ ...options, inTurn });
  let refreshing: Promise<Result<string, TokenRefused>> | null = null;
  let closed = false;

  async function refresh(): Promise<Result<string, TokenRefused>> {
    const kept = keeper.read();
    if (closed) return err('unreachable');
    if (kept === null || kept.held === 'none') return err('signed_out');
    const token = await behind.current(kept);
    if (!token.ok) return later();
    if (token.value === null) return await over();
    const provider = await options.provider(kept.offer);
    if (!provider.ok) return later();
    await behind.note({ refreshing: true });
    const answer = await provider.value.refresh(token.value);
    if (!answer.ok) {
      if (answer.error === 'unreachable') return later();
      log.info('signin.refresh_refused', { because: answer.error, cutBefore: kept.refreshing });
      return await over();
    }
    const { account, refreshToken, accessToken, livesMs } = answer.value;
    if (account !== null && !isSameAccount(account, kept.account)) return await over();
    const inKeychain = refreshToken === null ? kept.held === 'keychain' : await behind.keep(kept.account, refreshToken);
    await behind.note({ refreshing: false, held: inKeychain ? 'keychain' : 'memory' });
    held.hold(accessToken, livesMs);
    return ok(accessToken);
  }

  const later = (): Result<never, 'unreachable'> => (held.failed(), err('unreachable'));

  async function over(): Promise<Result<never, 'signed_out'>> {
    await end('expired');
    options.expired();
    return err('signed_out');
  }

  async function end(why: 'signed_out' | 'expired' | 'refused'): Promise<void> {
    const kept = keeper.read();
    const token = kept === null ? null : await behind.current(kept);
    held.forget();
    await behind.note({ held: 'none', why, refreshing: false });
    await behind.drop();
    // What the provider does not take any more needs no revocation.
    if (kept !== null && token?.ok === true && why !== 'expired') revoke(kept.offer, token.value);
  }

  function revoke(offer: SignInOffer, refreshToken: string | null): void {
    if (refreshToken === null) return;
    inBackground(log, 'revoke a sign-in', async () => await options.revoke(offer, refreshToken));
  }

  async function take(granted: Granted, account: Account, offer: SignInOffer): Promise<void> {
    const before = keeper.read();
    const replaced = before === null ? null : await behind.current(before);
    let kept = false;
    if (granted.refreshToken === null) await behind.drop();
    else kept = await behind.keep(account, granted.refreshToken);
    await keeper.write({
      account,
      offer: { ...offer, scopes: [...offer.scopes] },
      held: kept ? 'keychain' : 'memory',
      why: null,
      provedAtMs: granted.provedAtMs,
      refreshing: false,
    });
    held.hold(granted.accessToken, granted.livesMs);
    // Of the same person it is left to end by itself: many providers would end the new sign-in with it.
    if (before === null || replaced?.ok !== true || isSameAccount(before.account, account)) return;
    revoke(before.offer, replaced.value);
  }

  async function get(): Promise<Result<string, TokenRefused>> {
    const { use, due } = held.look();
    if (!due) return use === null ? err('unreachable') : ok(use);
    refreshing ??= inTurn(refresh).finally(() => {
      refreshing = null;
    });
    const fresh = await refreshing;
    return fresh.ok || use === null || fresh.error === 'signed_out' ? fresh : ok(use);
  }

  if (keeper.read()?.held === 'none') inBackground(log, 'delete a sign-in', async () => await inTurn(behind.drop));
  return {
    get,
    refused: held.forget,
    take: async (granted, account, offer) => await inTurn(async () => await take(granted, account, offer)),
    end: async (why) => await inTurn(async () => await end(why)),
    retry: held.retry,
    close: async () => {
      closed = true;
      held.close();
      behind.close();
      // A rotated token that is on its way must be kept before the program ends.
      await inTurn(async () => held.forget());
    },
  };
}

/** Refreshes, sign-ins and sign-outs never run side by side: each spends or replaces the one refresh token. */
function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const mine = last.then(run);
    last = mine.catch(() => undefined);
    return mine;
  };
}
