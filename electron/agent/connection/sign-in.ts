// Signing in to a team's broker and out of it: runs the one attempt that there may be, keeps what it gives, and says how
// the person stands. What they have, ask and approve is not its business: nothing of that is lost with a sign-in.
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { Log } from '../ports.ts';
import type { ConnectionFact } from '../record-machine-facts.ts';
import { inBackground } from '../session/in-background.ts';
import { createAccessTokens, type AccessTokens } from './access-tokens.ts';
import { ask, createProviders, type AskOptions, type AttemptFailed, type How } from './ask-provider.ts';
import type { KeptSignIn, SignInKeeper } from './kept-sign-in.ts';
import type { Revocations } from './revocations.ts';
import type { SignInOffer } from './sign-in-offer.ts';
import {
  firstStanding,
  isSignedInAs,
  signInView,
  type Account,
  type SignInRefused,
  type Standing,
} from './sign-in-state.ts';
import { openStanding, type StandingBox } from './standing-box.ts';
import type { Granted } from './token-answer.ts';

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

export type SignInOptions = AskOptions & {
  readonly keeper: SignInKeeper;
  readonly revocations: Pick<Revocations, 'add'>;
  readonly random: () => number;
  readonly log: Log;
  /** Takes note of each sign-in and of its end. Never rejects. */
  readonly record: (fact: ConnectionFact) => Promise<void>;
  /** Before somebody else than the last person is let in: what is held of others goes. */
  readonly beforeAnother: (account: Account) => Promise<void>;
  /** The broker lets this account in no more: what is held of it opens nothing, and goes. */
  readonly afterRefused: (account: Account) => Promise<void>;
};

type Running = {
  readonly id: number;
  readonly stop: AbortController;
  readonly done: Promise<Result<null, AttemptFailed>>;
};

/** While no broker has said how long. */
const FRESH_FOR_MS = 5 * MINUTE_MS;

async function recordMade({ record }: SignInOptions, fresh: boolean): Promise<Result<null, never>> {
  await record({ kind: 'sign_in.made', data: { fresh } });
  return ok(null);
}

export function createSignIn(options: SignInOptions): SignIn {
  const { keeper, now, log } = options;
  const standing = openStanding(restored(keeper.read()));
  let running: Running | null = null;
  let attempts = 0;
  let offered: SignInOffer | null = null;
  const providers = createProviders(options);
  const offer = (): SignInOffer | null => offered ?? keeper.read()?.offer ?? null;

  const tokens = createAccessTokens({
    ...options,
    provider: providers.of,
    revoke: options.revocations.add,
    expired: () => void ended('expired'),
  });

  const ended = endingOf(standing, options);
  async function attempt(id: number, how: How, signal: AbortSignal): Promise<Result<null, AttemptFailed>> {
    const asked = await ask(options, providers, {
      how,
      again: standing.now().attempt?.again != null,
      signal,
      onOffer: (offer) => (offered = offer),
      show: (code) => void standing.move({ kind: 'code', id, code }),
    });
    return asked.ok ? await accept(id, asked.value.granted, asked.value.offer) : asked;
  }

  /** Judged before anything is kept; and moved to only when it is. */
  async function accept(id: number, granted: Granted, offer: SignInOffer): Promise<Result<null, AttemptFailed>> {
    const { account, provedAtMs, refreshToken } = granted;
    if (account === null) return err('not_trusted');
    const event = { kind: 'granted', id, account, provedAtMs } as const;
    const judged = standing.judge(event);
    if (!judged.ok) throwAway(options, offer, refreshToken);
    if (!judged.ok) return err(failedBy(judged.error));
    await options.beforeAnother(account);
    await tokens.take(granted, account, offer);
    const fresh = standing.now().attempt?.again != null;
    if (standing.move(event).ok) return await recordMade(options, fresh);
    // Cancelled, or signed out, while it was being kept. What belongs to who is signed in may stay.
    if (!isSignedInAs(standing.now(), account)) await tokens.end('signed_out');
    return err('cancelled');
  }

  function begin(how: How, fresh: boolean): Result<null, SignInRefused> {
    const id = (attempts += 1);
    const begun = standing.move({ kind: 'begin', id, sinceMs: now(), fresh });
    if (!begun.ok) return begun;
    const stop = new AbortController();
    const done = guarded(attempt(id, how, stop.signal), log).then((ended) => {
      if (running?.id === id) running = null;
      if (!ended.ok) standing.move({ kind: 'failed', id, code: ended.error });
      return ended;
    });
    running = { id, stop, done };
    return ok(null);
  }

  const cancel = (): void => {
    running?.stop.abort();
    running = null;
    standing.move({ kind: 'cancel' });
  };
  return {
    view: () => signInView(standing.now(), now(), offer()?.freshForMs ?? FRESH_FOR_MS),
    account: () => accountOf(standing.now(), keeper.read()),
    signedIn: () => standing.now().session.kind === 'in',
    host: () => hostOf(offer()),
    begin,
    cancel,
    ensureFresh: async () => {
      if (running !== null && standing.now().attempt?.again == null) return err('busy');
      const begun = running === null ? begin('browser', true) : ok(null);
      return begun.ok ? ((await running?.done) ?? err('over')) : begun;
    },
    signOut: async () => {
      cancel();
      await tokens.end('signed_out');
      await forgetAccount(keeper);
      await ended('signed_out');
    },
    refuse: async () => {
      const { session } = standing.now();
      if (session.kind === 'out') return;
      await Promise.all([ended('refused'), tokens.end('refused'), options.afterRefused(session.account)]);
    },
    tokens,
    subscribe: standing.subscribe,
    close: async () => {
      running?.stop.abort();
      await running?.done;
      await tokens.close();
      standing.close();
    },
  };
}

type Ended = Extract<ConnectionFact, { kind: 'sign_in.ended' }>['data'];

/** Ends the session, and takes note of it if there was one. */
function endingOf(standing: StandingBox, { record }: SignInOptions): (why: Ended['why']) => Promise<void> {
  return async (why) => {
    const was = standing.now().session.kind;
    standing.move(why === 'signed_out' ? { kind: 'sign_out' } : { kind: 'ended', why });
    if (was === 'in') await record({ kind: 'sign_in.ended', data: { why } });
  };
}

async function guarded(attempt: Promise<Result<null, AttemptFailed>>, log: Log): Promise<Result<null, AttemptFailed>> {
  try {
    return await attempt;
  } catch (error) {
    log.trouble('sign in', error);
    return err('not_trusted');
  }
}

function hostOf(offer: SignInOffer | null): string | null {
  return offer === null ? null : new URL(offer.issuer).host;
}

function throwAway({ revocations, log }: SignInOptions, offer: SignInOffer, refreshToken: string | null): void {
  if (refreshToken === null) return;
  inBackground(log, 'revoke a sign-in', async () => await revocations.add(offer, refreshToken));
}

function failedBy(refused: SignInRefused): AttemptFailed {
  return refused === 'another_account' || refused === 'not_fresh' ? refused : 'cancelled';
}

/** How they signed in stays, so that the next one goes the same way; who it was does not. */
async function forgetAccount(keeper: SignInKeeper): Promise<void> {
  const kept = keeper.read();
  if (kept !== null) await keeper.write({ ...kept, account: NOBODY, provedAtMs: null });
}

const NOBODY: Account = { issuer: '', subject: '', name: '' };

/** After a sign-out nobody is known here; after any other end the last one still is, for what is held of them. */
function accountOf({ session }: Standing, kept: KeptSignIn | null): Account | null {
  if (session.kind === 'in') return session.account;
  return kept === null || kept.why === 'signed_out' ? null : kept.account;
}

function restored(kept: KeptSignIn | null): Standing {
  if (kept === null) return firstStanding({ kind: 'out', why: 'never' });
  const { account, provedAtMs, held, why } = kept;
  // One that no keychain took ended with the program.
  if (held !== 'keychain') return firstStanding({ kind: 'out', why: why ?? 'expired' });
  return firstStanding({ kind: 'in', account, provedAtMs });
}
