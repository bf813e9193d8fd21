// Signing in with a code on any other device (RFC 8628): asks the provider now and then whether the person said yes.
import { err, type Result } from '#shared/domain/result.ts';
import { SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';
import type { SignInFailed } from './browser-sign-in.ts';
import type { DeviceCode, Provider } from './provider.ts';
import type { Granted } from './token-answer.ts';

const SLOWER_BY_MS: DurationMs = 5 * SECOND_MS;
const LONGEST_PAUSE_MS: DurationMs = 60 * SECOND_MS;

export type DeviceSignIn = {
  readonly provider: Provider;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly again: boolean;
  readonly signal: AbortSignal;
  /** Told what the person has to type, and where. */
  readonly show: (code: { readonly userCode: string; readonly url: string; readonly expiresAtMs: EpochMs }) => void;
};

export async function signInByDeviceCode(wish: DeviceSignIn): Promise<Result<Granted, SignInFailed>> {
  const { provider, now, again, signal, show } = wish;
  const asked = await provider.askForDeviceCode(again);
  if (!asked.ok) return asked;
  if (signal.aborted) return err('cancelled');
  const { userCode, url, expiresInMs } = asked.value;
  const expiresAtMs = now() + expiresInMs;
  show({ userCode, url, expiresAtMs });
  return await poll(wish, asked.value, expiresAtMs);
}

async function poll(
  { provider, timers, now, signal }: DeviceSignIn,
  { deviceCode, intervalMs }: DeviceCode,
  expiresAtMs: EpochMs,
): Promise<Result<Granted, SignInFailed>> {
  let pauseMs = intervalMs;
  for (;;) {
    await pause(timers, pauseMs, signal);
    if (signal.aborted) return err('cancelled');
    if (now() >= expiresAtMs) return err('timed_out');
    const answer = await provider.pollDeviceCode(deviceCode);
    if (answer.ok) return answer;
    switch (answer.error) {
      case 'pending':
        break;
      case 'slow_down':
        pauseMs += SLOWER_BY_MS;
        break;
      // RFC 8628, section 3.5: a broken connection is no answer, and asked again more slowly.
      case 'unreachable':
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        break;
      case 'rejected':
        return err('timed_out');
      case 'denied':
      case 'not_trusted':
        return answer;
    }
  }
}

async function pause(timers: Timers, delayMs: DurationMs, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
