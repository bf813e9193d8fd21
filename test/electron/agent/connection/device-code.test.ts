// Signing in with a code on another device (RFC 8628) at a real OpenID provider; the pauses are the test's.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signInByDeviceCode } from '#electron/agent/connection/device-sign-in.ts';
import { openNetwork, type Network } from '#electron/agent/connection/https-fetch.ts';
import { openProvider } from '#electron/agent/connection/provider.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { createHandTimers, type HandTimers } from '#test/support/hand-timers.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { DESKTOP_CLIENT_ID } from '#test/support/oidc/clients.ts';
import { startProvider, type TestProvider } from '#test/support/oidc/provider.ts';
import { openSmallBrowser } from '#test/support/small-browser.ts';

const AUDIENCE = 'https://daypass.example.org';
const PAUSE_MS = 5 * SECOND_MS;

let provider: TestProvider;
const network = openNetwork();
beforeAll(async () => {
  provider = await startProvider({ audience: AUDIENCE });
});
afterEach(async () => {
  await provider.start().catch(() => undefined);
});
afterAll(async () => {
  await network.close();
  await provider[Symbol.asyncDispose]();
});

type Shown = Parameters<Parameters<typeof signInByDeviceCode>[0]['show']>[0];
type Running = {
  readonly shown: Promise<Shown>;
  readonly answer: ReturnType<typeof signInByDeviceCode>;
  readonly timers: HandTimers;
  readonly stop: AbortController;
  /** How often the provider was asked whether the person said yes. */
  readonly polls: () => number;
  /** Waits for the pause before the next poll, and lets it pass. */
  readonly poll: (pauseMs?: number) => Promise<void>;
};

type Answer = (polls: number) => Response | null;

/** `instead`: what the provider says to a poll in place of its own answer. */
async function begin(again = false, instead: Answer = () => null): Promise<Running> {
  let nowMs = Date.now();
  let polls = 0;
  const timers = createHandTimers((byMs) => (nowMs += byMs));
  const stop = new AbortController();
  const shown = Promise.withResolvers<Shown>();
  const counting: Pick<Network, 'fetch'> = {
    fetch: async (request) => {
      const isPoll = new URL(request.url).pathname === '/token';
      if (isPoll) polls += 1;
      return (isPoll ? instead(polls) : null) ?? (await network.fetch(request));
    },
  };
  const offer = {
    name: 'Example Org',
    issuer: provider.issuer,
    clientId: DESKTOP_CLIENT_ID,
    scopes: ['openid', 'profile', 'offline_access', 'daypass'],
    audience: AUDIENCE,
    freshForMs: 5 * MINUTE_MS,
  };
  const opened = expectOk(await openProvider({ network: counting, offer, wallBehindMs: () => 0 }));
  const answer = signInByDeviceCode({
    provider: opened,
    timers,
    now: () => nowMs,
    again,
    signal: stop.signal,
    show: shown.resolve,
  });
  const paused = async (): Promise<void> => await expect.poll(timers.pending, { timeout: 10_000 }).toBe(1);
  const poll: Running['poll'] = async (pauseMs = PAUSE_MS) => {
    await paused();
    const before = polls;
    timers.pass(pauseMs - 1);
    expect(polls).toBe(before);
    timers.pass(1);
    await expect.poll(() => polls, { timeout: 10_000 }).toBe(before + 1);
  };
  return { shown: shown.promise, answer, timers, stop, polls: () => polls, poll };
}

function refuses(error: string): Response {
  return Response.json({ error }, { status: 400 });
}

describe('a sign-in with a code', () => {
  it('shows the code, waits while nobody has typed it, and gives who said yes', async () => {
    const running = await begin();
    const { userCode, url } = await running.shown;
    expect(new URL(url).searchParams.get('user_code')).toBe(userCode);
    await running.poll();
    expect(await openSmallBrowser().signIn(url, ANA)).toContain('Signed in');
    await running.poll();
    const granted = expectOk(await running.answer);
    expect(granted.account).toMatchObject({ issuer: provider.issuer, subject: 'ana', name: 'Ana Lima' });
    expect(granted.refreshToken).toMatch(/.{20,}/);
    expect(running.polls()).toBe(2);
    expect(running.timers.pending()).toBe(0);
  });

  it('has the person prove themselves again, whatever the browser remembers, and says when they did', async () => {
    const browser = openSmallBrowser();
    provider.setSignInAgeMs(10 * MINUTE_MS);
    const first = await begin();
    await browser.signIn((await first.shown).url, ANA);
    first.stop.abort();
    await first.answer;
    provider.setSignInAgeMs(0);
    const second = await begin(true);
    expect(await browser.signIn((await second.shown).url, ANA)).toContain('Signed in');
    await second.poll();
    // The page was shown again: otherwise the first sign-in, of ten minutes ago, would be the one that counts.
    expect(expectOk(await second.answer).provedAtMs).toBeGreaterThan(Date.now() - MINUTE_MS);
  });

  it('asks five seconds later from then on, each time that the provider says slow_down', async () => {
    const running = await begin(false, (polls) => (polls <= 2 ? refuses('slow_down') : null));
    await running.shown;
    await running.poll(5 * SECOND_MS);
    await running.poll(10 * SECOND_MS);
    await running.poll(15 * SECOND_MS);
    await running.poll(15 * SECOND_MS);
    running.stop.abort();
    expect(await running.answer).toEqual({ ok: false, error: 'cancelled' });
  });

  it('is not over when the provider is away, and asks less often until it is back', async () => {
    const running = await begin();
    const { url } = await running.shown;
    await provider.stop();
    await running.poll(5 * SECOND_MS);
    await running.poll(10 * SECOND_MS);
    await provider.start();
    await openSmallBrowser().signIn(url, ANA);
    await running.poll(20 * SECOND_MS);
    expect(expectOk(await running.answer).account?.subject).toBe('ana');
  });

  it('ends when the code does, without asking any more', async () => {
    const running = await begin();
    const { expiresAtMs } = await running.shown;
    expect(expiresAtMs - Date.now()).toBeLessThanOrEqual(10 * MINUTE_MS);
    await running.poll();
    await expect.poll(running.timers.pending, { timeout: 10_000 }).toBe(1);
    running.timers.pass(10 * MINUTE_MS);
    expect(await running.answer).toEqual({ ok: false, error: 'timed_out' });
    expect(running.polls()).toBe(1);
  });

  it.each([
    ['expired_token', 'timed_out'],
    ['access_denied', 'denied'],
    ['invalid_client', 'not_trusted'],
  ])('ends when the provider says %s', async (said, error) => {
    const running = await begin(false, () => refuses(said));
    await running.poll();
    expect(await running.answer).toEqual({ ok: false, error });
    expect(running.timers.pending()).toBe(0);
  });

  it('stops asking at once when it is cancelled, also during a poll', async () => {
    const waiting = await begin();
    await waiting.shown;
    await waiting.poll();
    await expect.poll(waiting.timers.pending, { timeout: 10_000 }).toBe(1);
    waiting.stop.abort();
    expect(await waiting.answer).toEqual({ ok: false, error: 'cancelled' });
    expect(waiting.timers.pending()).toBe(0);
    expect(waiting.polls()).toBe(1);

    const asking = await begin(false, () => (asking.stop.abort(), null));
    await asking.poll();
    expect(await asking.answer).toEqual({ ok: false, error: 'cancelled' });
    expect(asking.timers.pending()).toBe(0);
  });
});
