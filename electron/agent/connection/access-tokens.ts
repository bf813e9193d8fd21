// The access token of who is signed in, in memory alone, and the refresh token behind it, which rotates: one hand at a
// time, the new one kept before the access token that came with it is used. Being offline ends no sign-in.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import type { KeptSignIn, SignInKeeper } from './kept-sign-in.ts';
import type { Provider, ProviderRefused } from './provider.ts';
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

type Held = { readonly accessToken: string; readonly refreshAtMs: EpochMs; readonly expiresAtMs: EpochMs };

const FIRST_PAUSE_MS = SECOND_MS;
const LONGEST_PAUSE_MS = 30 * SECOND_MS;
const KEEP_AGAIN_MS = 20 * SECOND_MS;
const LONGEST_TIMER_MS = 60 * MINUTE_MS;

export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { keeper, timers, now, random, log } = options;
  let held: Held | null = null;
  /** While the keychain does not take it. */
  let unkept: string | null = null;
  let refreshing: Promise<Result<string, TokenRefused>> | null = null;
  let failures = 0;
  let notBeforeMs: EpochMs = 0;
  let cancelRefresh: () => void = () => undefined;
  let cancelKeep: () => void = () => undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** Refreshes, sign-ins and sign-outs never run side by side: each spends or replaces the one refresh token. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = last.then(run);
    last = mine.catch(() => undefined);
    return mine;
  }

  function hold({ accessToken, livesMs }: Granted): string {
    // Not all desktops at once, and well before the end: from 70 to 85 % of its life.
    const refreshAtMs = now() + livesMs * (0.7 + 0.15 * random());
    held = { accessToken, refreshAtMs, expiresAtMs: now() + livesMs };
    failures = 0;
    notBeforeMs = 0;
    arm(refreshAtMs);
    return accessToken;
  }

  function arm(atMs: EpochMs): void {
    cancelRefresh();
    if (closed) return;
    const delayMs = Math.min(Math.max(0, atMs - now()), LONGEST_TIMER_MS);
    cancelRefresh = timers.after(delayMs, () => inBackground(log, 'refresh the sign-in', get));
  }

  async function note(change: (kept: KeptSignIn) => KeptSignIn): Promise<void> {
    const kept = keeper.read();
    if (kept === null) return;
    try {
      await keeper.write(change(kept));
    } catch (error) {
      // A full disk must not cost the sign-in: what is not noted is found out by the provider's word.
      log.trouble('note the sign-in', error);
    }
  }

  async function keep(account: Account, refreshToken: string): Promise<boolean> {
    cancelKeep();
    const done = await keeper.keepRefreshToken(account, refreshToken);
    unkept = done.ok ? null : refreshToken;
    if (done.ok) return true;
    log.info('signin.not_kept', { problem: done.error });
    // Without a keychain, or with one too small, the sign-in lasts as long as the program.
    if (!closed && (done.error === 'locked' || done.error === 'failed'))
      cancelKeep = timers.after(KEEP_AGAIN_MS, () =>
        inBackground(log, 'keep the sign-in', async () => await inTurn(keepAgain)),
      );
    return false;
  }

  async function keepAgain(): Promise<void> {
    const kept = keeper.read();
    if (unkept === null || kept === null) return;
    if (await keep(kept.account, unkept)) await note((before) => ({ ...before, held: 'keychain' }));
  }

  async function currentRefreshToken({ account, held: where }: KeptSignIn): Promise<Result<string | null, 'unread'>> {
    if (unkept !== null) return ok(unkept);
    if (where !== 'keychain') return ok(null);
    const read = await keeper.refreshToken(account);
    return read.ok ? read : err('unread');
  }

  async function refresh(): Promise<Result<string, TokenRefused>> {
    const kept = keeper.read();
    if (closed) return err('unreachable');
    if (kept === null || kept.held === 'none') return err('signed_out');
    const token = await currentRefreshToken(kept);
    if (!token.ok) return later();
    if (token.value === null) return await over('expired');
    const provider = await options.provider(kept.offer);
    if (!provider.ok) return later();
    await note((before) => ({ ...before, refreshing: true }));
    const answer = await provider.value.refresh(token.value);
    if (!answer.ok) {
      if (answer.error === 'unreachable') return later();
      log.info('signin.refresh_refused', { because: answer.error, cutBefore: kept.refreshing });
      return await over('expired');
    }
    const { account, refreshToken } = answer.value;
    if (account !== null && !isSameAccount(account, kept.account)) return await over('expired');
    const inKeychain = refreshToken === null ? kept.held === 'keychain' : await keep(kept.account, refreshToken);
    await note((before) => ({ ...before, refreshing: false, held: inKeychain ? 'keychain' : 'memory' }));
    return ok(hold(answer.value));
  }

  function later(): Result<never, 'unreachable'> {
    // Somewhere between half and all of it, so that a thousand desktops do not come back as one.
    const pauseMs: DurationMs =
      Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS) * (0.5 + 0.5 * random());
    failures += 1;
    notBeforeMs = now() + pauseMs;
    arm(notBeforeMs);
    return err('unreachable');
  }

  async function over(why: 'expired'): Promise<Result<never, 'signed_out'>> {
    await endNow(why);
    options.expired();
    return err('signed_out');
  }

  async function endNow(why: 'signed_out' | 'expired' | 'refused'): Promise<void> {
    const kept = keeper.read();
    const token = kept === null ? null : await currentRefreshToken(kept);
    held = null;
    unkept = null;
    cancelRefresh();
    cancelKeep();
    await note((before) => ({ ...before, held: 'none', why, refreshing: false }));
    await drop();
    if (kept !== null && token?.ok === true && token.value !== null && why !== 'expired') {
      const { offer } = kept;
      const { value } = token;
      inBackground(log, 'revoke a sign-in', async () => await options.revoke(offer, value));
    }
  }

  /** The database says already that it is not to be used; a locked keychain lets it be deleted later. */
  async function drop(): Promise<void> {
    const dropped = await keeper.dropRefreshToken();
    if (dropped.ok || closed || dropped.error === 'none') return;
    cancelKeep = timers.after(KEEP_AGAIN_MS, () =>
      inBackground(log, 'delete a sign-in', async () => {
        await inTurn(async () => (keeper.read()?.held === 'none' ? await drop() : undefined));
      }),
    );
  }

  async function get(): Promise<Result<string, TokenRefused>> {
    const nowMs = now();
    if (held !== null && nowMs < held.refreshAtMs) return ok(held.accessToken);
    const stillGood = held !== null && nowMs < held.expiresAtMs ? held.accessToken : null;
    if (nowMs < notBeforeMs) return stillGood === null ? err('unreachable') : ok(stillGood);
    refreshing ??= inTurn(refresh).finally(() => {
      refreshing = null;
    });
    const fresh = await refreshing;
    return fresh.ok || stillGood === null || fresh.error === 'signed_out' ? fresh : ok(stillGood);
  }

  if (keeper.read()?.held === 'none') inBackground(log, 'delete a sign-in', async () => await inTurn(drop));
  return {
    get,
    refused: (accessToken) => {
      if (held?.accessToken === accessToken) held = null;
    },
    take: async (granted, account, offer) =>
      await inTurn(async () => {
        const before = keeper.read();
        const replaced = before === null ? null : await currentRefreshToken(before);
        const kept = granted.refreshToken !== null && (await keep(account, granted.refreshToken));
        if (granted.refreshToken === null) {
          unkept = null;
          await drop();
        }
        await keeper.write({
          account,
          offer: { ...offer, scopes: [...offer.scopes] },
          held: kept ? 'keychain' : 'memory',
          why: null,
          provedAtMs: granted.provedAtMs,
          refreshing: false,
        });
        hold(granted);
        if (before === null || replaced?.ok !== true || replaced.value === null) return;
        // Of the same person it is left to end by itself: many providers would end the new sign-in with it.
        if (isSameAccount(before.account, account)) return;
        const { value } = replaced;
        inBackground(log, 'revoke a sign-in', async () => await options.revoke(before.offer, value));
      }),
    end: async (why) => await inTurn(async () => await endNow(why)),
    retry: () => {
      notBeforeMs = 0;
    },
    close: async () => {
      closed = true;
      cancelRefresh();
      cancelKeep();
      // A rotated token that is on its way must be kept before the program ends.
      await last;
      held = null;
    },
  };
}
