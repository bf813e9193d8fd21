// Signing in to a team's broker and out of it: runs the one attempt that there may be, keeps what it gives, and says how
// the person stands. What they have, ask and approve is not its business: nothing of that is lost with a sign-in.
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { BrowserPort, Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import { createAccessTokens, type AccessTokens } from './access-tokens.ts';
import { signInByBrowser, type SignInFailed } from './browser-sign-in.ts';
import { signInByDeviceCode } from './device-sign-in.ts';
import type { Network } from './https-fetch.ts';
import type { KeptSignIn, SignInKeeper } from './kept-sign-in.ts';
import { openProvider, type Provider, type ProviderRefused } from './provider.ts';
import type { Revocations } from './revocations.ts';
import { readSignInOffer, type OfferRefused, type SignInOffer } from './sign-in-offer.ts';
import {
  firstStanding,
  moveSignIn,
  signInView,
  type Account,
  type SignInEvent,
  type SignInRefused,
  type Standing,
} from './sign-in-state.ts';
import type { Granted } from './token-answer.ts';

export type How = 'browser' | 'device_code';

/** Stable codes of what the last attempt failed by. */
export type AttemptFailed = SignInFailed | OfferRefused | 'provider_unreachable' | 'another_account' | 'not_fresh';

export type SignIn = {
  readonly view: () => SignInState;
  /** Who is signed in, or was the last one here: null before anybody ever was, and after a sign-out. */
  readonly account: () => Account | null;
  readonly signedIn: () => boolean;
  /** Host name of the provider, once known. */
  readonly host: () => string | null;
  readonly begin: (how: How, fresh: boolean) => Result<null, SignInRefused>;
  readonly cancel: () => void;
  /** Has the person prove themselves anew in the browser; joins such an attempt that is under way. */
  readonly ensureFresh: () => Promise<Result<null, AttemptFailed | SignInRefused>>;
  /** Leaves nothing here; the refresh token is revoked, now or later. */
  readonly signOut: () => Promise<void>;
  /** The broker does not let this account in. */
  readonly refuse: () => Promise<void>;
  readonly tokens: Pick<AccessTokens, 'get' | 'refused' | 'retry'>;
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => Promise<void>;
};

export type SignInOptions = {
  readonly brokerUrl: string;
  readonly network: Pick<Network, 'fetch'>;
  readonly keeper: SignInKeeper;
  readonly revocations: Pick<Revocations, 'add'>;
  readonly browser: BrowserPort;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  /** This machine's own clock, by which the library judges ID tokens. */
  readonly wallMs: () => EpochMs;
  readonly random: () => number;
  readonly log: Log;
  /** Before somebody else than the last person is let in: what is held of others goes. */
  readonly beforeAnother: (account: Account) => Promise<void>;
};

type Running = {
  readonly id: number;
  readonly stop: AbortController;
  readonly done: Promise<Result<null, AttemptFailed>>;
};

const FRESH_FOR_MS = 5 * 60_000;

export function createSignIn(options: SignInOptions): SignIn {
  const { keeper, now, log } = options;
  const listeners = new Set<() => void>();
  let standing = restored(keeper.read());
  let running: Running | null = null;
  let attempts = 0;
  let offered: SignInOffer | null = null;
  const providers = new Map<string, Provider>();

  function move(event: SignInEvent): Result<null, SignInRefused> {
    const moved = moveSignIn(standing, event);
    if (!moved.ok) return moved;
    standing = moved.value;
    for (const listener of listeners) listener();
    return ok(null);
  }

  async function providerOf(offer: SignInOffer): Promise<Result<Provider, ProviderRefused>> {
    const name = `${offer.issuer} ${offer.clientId} ${offer.audience}`;
    const known = providers.get(name);
    if (known !== undefined) return ok(known);
    const opened = await openProvider({ ...options, offer, wallBehindMs: () => now() - options.wallMs() });
    if (opened.ok) providers.set(name, opened.value);
    return opened;
  }

  const tokens = createAccessTokens({
    ...options,
    provider: providerOf,
    revoke: options.revocations.add,
    expired: () => void move({ kind: 'ended', why: 'expired' }),
  });

  async function attempt(id: number, how: How, signal: AbortSignal): Promise<Result<null, AttemptFailed>> {
    const offer = await readSignInOffer(options.network, options.brokerUrl);
    if (!offer.ok) return offer;
    offered = offer.value;
    const provider = await providerOf(offer.value);
    if (!provider.ok) return err(provider.error === 'unreachable' ? 'provider_unreachable' : provider.error);
    const wish = { ...options, provider: provider.value, again: standing.attempt?.again != null, signal };
    const granted =
      how === 'browser'
        ? await signInByBrowser(wish)
        : await signInByDeviceCode({ ...wish, show: (code) => void move({ kind: 'code', id, code }) });
    if (!granted.ok) return err(granted.error === 'unreachable' ? 'provider_unreachable' : granted.error);
    return await accept(id, granted.value, offer.value);
  }

  /** Judged before anything is kept; and moved to only when it is. */
  async function accept(id: number, granted: Granted, offer: SignInOffer): Promise<Result<null, AttemptFailed>> {
    const { account, provedAtMs, refreshToken } = granted;
    if (account === null) return err('not_trusted');
    const event = { kind: 'granted', id, account, provedAtMs } as const;
    const judged = moveSignIn(standing, event);
    if (!judged.ok) {
      if (refreshToken !== null)
        inBackground(log, 'revoke a sign-in', async () => await options.revocations.add(offer, refreshToken));
      return err(judged.error === 'another_account' || judged.error === 'not_fresh' ? judged.error : 'cancelled');
    }
    await options.beforeAnother(account);
    await tokens.take(granted, account, offer);
    move(event);
    return ok(null);
  }

  function begin(how: How, fresh: boolean): Result<null, SignInRefused> {
    const id = (attempts += 1);
    const begun = move({ kind: 'begin', id, sinceMs: now(), fresh });
    if (!begun.ok) return begun;
    const stop = new AbortController();
    const done = attempt(id, how, stop.signal)
      .catch((error: unknown) => {
        log.trouble('sign in', error);
        return err('not_trusted' as const);
      })
      .then((ended) => {
        if (running?.id === id) running = null;
        if (!ended.ok) move({ kind: 'failed', id, code: ended.error });
        return ended;
      });
    running = { id, stop, done };
    return ok(null);
  }

  function cancel(): void {
    running?.stop.abort();
    running = null;
    move({ kind: 'cancel' });
  }

  return {
    view: () => signInView(standing, now(), (offered ?? keeper.read()?.offer)?.freshForMs ?? FRESH_FOR_MS),
    account: () => {
      const kept = keeper.read();
      return standing.session.kind === 'in'
        ? standing.session.account
        : kept?.why === 'signed_out'
          ? null
          : (kept?.account ?? null);
    },
    signedIn: () => standing.session.kind === 'in',
    host: () => {
      const issuer = (offered ?? keeper.read()?.offer)?.issuer;
      return issuer === undefined ? null : new URL(issuer).host;
    },
    begin,
    cancel,
    ensureFresh: async () => {
      if (running !== null && standing.attempt?.again == null) return err('busy');
      if (running === null) {
        const begun = begin('browser', true);
        if (!begun.ok) return begun;
      }
      // The line above has begun one, or one is under way.
      return (await running?.done) ?? err('over');
    },
    signOut: async () => {
      cancel();
      await tokens.end('signed_out');
      move({ kind: 'sign_out' });
    },
    refuse: async () => {
      if (standing.session.kind === 'out') return;
      move({ kind: 'ended', why: 'refused' });
      await tokens.end('refused');
    },
    tokens,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      running?.stop.abort();
      await running?.done;
      await tokens.close();
      listeners.clear();
    },
  };
}

function restored(kept: KeptSignIn | null): Standing {
  if (kept === null) return firstStanding({ kind: 'out', why: 'never' });
  const { account, provedAtMs, held, why } = kept;
  // One that no keychain took ended with the program.
  if (held !== 'keychain') return firstStanding({ kind: 'out', why: why ?? 'expired' });
  return firstStanding({ kind: 'in', account, provedAtMs });
}
