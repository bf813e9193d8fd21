// Signing in by the system's own browser: authorization code with PKCE, state and nonce, back over loopback.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';
import type { BrowserPort, Timers } from '../ports.ts';
import { isSafeAddress } from './broker-address.ts';
import { listenOnLoopback, type LoopbackListener } from './loopback-listener.ts';
import type { Provider, ProviderRefused } from './provider.ts';
import type { Granted } from './token-answer.ts';

/** `timed_out`: nobody came back. `browser`: it could not be opened, or nothing could listen for it. */
export type SignInFailed = ProviderRefused | 'timed_out' | 'browser' | 'cancelled';

const PATIENCE_MS: DurationMs = 10 * MINUTE_MS;

export type BrowserSignIn = {
  readonly provider: Provider;
  readonly browser: BrowserPort;
  readonly timers: Timers;
  readonly again: boolean;
  readonly signal: AbortSignal;
};

export async function signInByBrowser(wish: BrowserSignIn): Promise<Result<Granted, SignInFailed>> {
  const { provider, again } = wish;
  let listener: LoopbackListener;
  try {
    listener = await listenOnLoopback();
  } catch {
    return err('browser');
  }
  try {
    const asked = await provider.askForCode(listener.redirectUri, again);
    if (!isSafeAddress(asked.url)) return err('not_trusted');
    const answer = await answerOf(wish, listener, asked.state, asked.url);
    return answer.ok ? await provider.exchange(answer.value, asked) : answer;
  } finally {
    listener.close();
  }
}

async function answerOf(
  { browser, timers, signal }: BrowserSignIn,
  listener: LoopbackListener,
  state: string,
  url: string,
): Promise<Result<URL, SignInFailed>> {
  if (signal.aborted) return err('cancelled');
  let ended: SignInFailed = 'timed_out';
  const cancelTimer = timers.after(PATIENCE_MS, listener.close);
  const cancel = (): void => {
    ended = 'cancelled';
    listener.close();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answer = listener.answer(state);
    // Listened to before it can reject.
    const settled = answer.then(ok, () => err(ended));
    try {
      await browser.open(url);
    } catch {
      return err('browser');
    }
    return await settled;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', cancel);
  }
}
