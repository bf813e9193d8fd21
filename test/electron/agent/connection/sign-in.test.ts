// Signing in at a real OpenID provider and being let in by a real broker over HTTP; only the keychain is small.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openNetwork } from '#electron/agent/connection/https-fetch.ts';
import {
  connectionMigrations,
  openSignInKeeper,
  type ConnectionTables,
} from '#electron/agent/connection/kept-sign-in.ts';
import { createRevocations } from '#electron/agent/connection/revocations.ts';
import { createSignIn, type SignIn } from '#electron/agent/connection/sign-in.ts';
import { createTeamHost } from '#electron/agent/connection/team-host.ts';
import type { Account as SignedIn } from '#electron/agent/connection/sign-in-state.ts';
import { systemTimers } from '#electron/agent/clock.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { openWorld, type World } from '#test/support/broker-world.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';
import { openHttpBroker, type HttpBroker } from '#test/support/http-broker.ts';
import { ANA, JO_BERG, type Account } from '#test/support/oidc/accounts.ts';
import type { ProviderOptions } from '#test/support/oidc/provider.ts';
import { openSmallBrowser, type SmallBrowser } from '#test/support/small-browser.ts';

type Desktop = {
  readonly signIn: SignIn;
  readonly keychain: HandKeychain;
  readonly me: () => Promise<Response>;
  readonly troubles: unknown[];
  readonly others: SignedIn[];
  /** What was taken note of. */
  readonly noted: unknown[];
  readonly revocations: ReturnType<typeof createRevocations>;
  /** The program ends and starts again on the same machine. */
  readonly restart: () => Promise<Desktop>;
  as: Account | null;
};

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function openBroker(options: Partial<ProviderOptions> = {}): Promise<{ world: World; broker: HttpBroker }> {
  const world = await openWorld();
  open.push(world.close);
  const broker = await openHttpBroker(world, options);
  open.push(async () => await broker[Symbol.asyncDispose]());
  return { world, broker };
}

type Machine = { readonly keychain: HandKeychain; readonly store: Awaited<ReturnType<typeof openStore>> };
const openStore = async () =>
  await openSqlite<ConnectionTables>({ path: ':memory:', migrations: connectionMigrations });

async function openDesktop(broker: HttpBroker, on?: Machine): Promise<Desktop> {
  const machine = on ?? { keychain: createHandKeychain(), store: await openStore() };
  const troubles: unknown[] = [];
  const others: SignedIn[] = [];
  const noted: unknown[] = [];
  const log = { info: () => undefined, trouble: (_event: string, error: unknown) => void troubles.push(error) };
  const network = openNetwork();
  // Each person has a browser of their own, which remembers them.
  const browsers = new Map<string, SmallBrowser>();
  const browserOf = ({ login }: Account): SmallBrowser => {
    const browser = browsers.get(login) ?? openSmallBrowser();
    browsers.set(login, browser);
    return browser;
  };
  const revocations = createRevocations(network, systemTimers, log);
  const signIn = createSignIn({
    brokerUrl: broker.url,
    network,
    keeper: await openSignInKeeper(machine.store, machine.keychain),
    revocations,
    timers: systemTimers,
    now: Date.now,
    wallMs: Date.now,
    random: () => 0.5,
    log,
    record: async ({ data }) => void noted.push(data),
    browser: {
      open: async (url) => {
        const { as } = desktop;
        // A browser that shows the page, and nobody in front of it.
        if (as !== null)
          void browserOf(as)
            .signIn(url, as)
            .catch(() => undefined);
      },
    },
    beforeAnother: async (account) => void others.push(account),
    afterRefused: async () => undefined,
  });
  const host = createTeamHost({ url: broker.url, network, signIn });
  const close = async (): Promise<void> => {
    await signIn.close();
    revocations.close();
    await network.close();
  };
  open.push(close);
  const desktop: Desktop = {
    signIn,
    keychain: machine.keychain,
    me: async () => await host.fetch(new Request(`${broker.url}/v1/me`), host.people()[0]?.user ?? 'nobody'),
    troubles,
    others,
    noted,
    revocations,
    restart: async () => {
      await close();
      return await openDesktop(broker, machine);
    },
    as: ANA,
  };
  return desktop;
}

async function until(desktop: Desktop, kind: string): Promise<void> {
  await vi.waitFor(() => expect(desktop.signIn.view().kind).toBe(kind), { timeout: 10_000, interval: 10 });
}

async function signedIn(broker: HttpBroker): Promise<Desktop> {
  const desktop = await openDesktop(broker);
  expect(desktop.signIn.begin('browser', false).ok).toBe(true);
  await until(desktop, 'signed_in');
  return desktop;
}

const keptToken = ({ keychain }: Desktop): string =>
  JSON.parse(keychain.items.get('sign-in')?.toString() ?? '{}').refreshToken;

describe('signing in by the browser', () => {
  it('lets the person in, keeps the refresh token in the keychain and nothing else of it anywhere', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    expect(desktop.signIn.view()).toMatchObject({ kind: 'signed_in', name: 'Ana Lima' });
    const me = await desktop.me();
    expect(await me.json()).toMatchObject({ name: 'Ana Lima' });
    expect([...desktop.keychain.items.keys()]).toEqual(['sign-in']);
    expect(keptToken(desktop)).toMatch(/.{20,}/);
    expect(desktop.troubles).toEqual([]);
    expect(desktop.noted).toEqual([{ fresh: false }]);
  });

  it('is still signed in after the program ended, also when the broker is not there', async () => {
    const { broker } = await openBroker();
    const first = await signedIn(broker);
    await broker.cut();
    const again = await first.restart();
    expect(again.signIn.view().kind).toBe('signed_in');
    await expect(again.me()).rejects.toThrow();
    expect(again.signIn.view().kind).toBe('signed_in');
    await broker.mend();
    expect((await again.me()).status).toBe(200);
  });

  it('stays signed in while the provider is not there', async () => {
    const { broker } = await openBroker({ accessTokenTtlS: 1 });
    const desktop = await signedIn(broker);
    await broker.provider.stop();
    await vi.waitFor(async () => await expect(desktop.me()).rejects.toThrow(), { timeout: 5000, interval: 50 });
    expect(desktop.signIn.view().kind).toBe('signed_in');
    await broker.provider.start();
    desktop.signIn.tokens.retry();
    expect((await desktop.me()).status).toBe(200);
  });

  it('says no when the person is not who they were asked to prove to be, and throws away what it was given', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const before = keptToken(desktop);
    desktop.as = JO_BERG;
    const fresh = await desktop.signIn.ensureFresh();
    expect(fresh).toEqual({ ok: false, error: 'another_account' });
    expect(desktop.signIn.view()).toEqual({ kind: 'failed', code: 'another_account' });
    expect(keptToken(desktop)).toBe(before);
    expect(await (await desktop.me()).json()).toMatchObject({ name: 'Ana Lima' });
    desktop.signIn.cancel();
    expect(desktop.signIn.view().kind).toBe('signed_in');
  });

  it('takes a fresh sign-in for fresh only when the provider says that it is', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    broker.provider.setSignInAgeMs(10 * 60_000);
    expect(await desktop.signIn.ensureFresh()).toEqual({ ok: false, error: expect.stringMatching(/^not_/) });
    broker.provider.setSignInAgeMs(0);
    expect(await desktop.signIn.ensureFresh()).toEqual({ ok: true, value: null });
    expect(desktop.signIn.view()).toMatchObject({ kind: 'signed_in', freshUntilMs: expect.any(Number) });
    expect(desktop.noted).toEqual([{ fresh: false }, { fresh: true }]);
  });

  it('lets another person in after the last one, whose things go first', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const token = keptToken(desktop);
    desktop.as = JO_BERG;
    desktop.signIn.begin('browser', false);
    await vi.waitFor(() => expect(desktop.signIn.account()?.subject).toBe('jo'), { timeout: 10_000, interval: 10 });
    expect(desktop.others.map(({ subject }) => subject)).toEqual(['ana', 'jo']);
    expect(await (await desktop.me()).json()).toMatchObject({ name: 'Jo Berg' });
    await vi.waitFor(async () => expect(await refreshBy(broker, token)).toBe('invalid_grant'));
  });

  it('can be cancelled while nobody answers, and begun again', async () => {
    const { broker } = await openBroker();
    const desktop = await openDesktop(broker);
    desktop.as = null;
    desktop.signIn.begin('browser', false);
    await until(desktop, 'in_browser');
    expect(desktop.signIn.begin('browser', false)).toEqual({ ok: false, error: 'busy' });
    desktop.signIn.cancel();
    expect(desktop.signIn.view()).toEqual({ kind: 'signed_out', why: 'never' });
    desktop.as = ANA;
    desktop.signIn.begin('browser', false);
    await until(desktop, 'signed_in');
  });
});

describe('a sign-in that ends', () => {
  it('asks for a new access token once when the broker does not take the one there is', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const before = keptToken(desktop);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect((await desktop.me()).status).toBe(200);
    expect(keptToken(desktop)).not.toBe(before);
    expect(broker.seen.filter(({ path }) => path === '/v1/me').map(({ status }) => status)).toEqual([401, 200]);
  });

  it('is over when the provider does not take the refresh token any more, and the account is still known', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    broker.provider.disable(ANA);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    await expect(desktop.me()).rejects.toThrow('signed_out');
    expect(desktop.signIn.view()).toEqual({ kind: 'signed_out', why: 'expired' });
    expect(desktop.signIn.account()?.subject).toBe('ana');
    expect(desktop.noted).toEqual([{ fresh: false }, { why: 'expired' }]);
    expect(desktop.keychain.items.size).toBe(0);
    const again = await desktop.restart();
    expect(again.signIn.view()).toEqual({ kind: 'signed_out', why: 'expired' });
  });

  it('is refused when the broker does not take a token that was made a moment ago', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    broker.knowNobody(true);
    await desktop.me();
    expect(desktop.signIn.view()).toEqual({ kind: 'signed_out', why: 'refused' });
    expect(desktop.noted).toEqual([{ fresh: false }, { why: 'refused' }]);
    expect(desktop.keychain.items.size).toBe(0);
  });

  it('leaves a refresh token that opens nothing after signing out', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const token = keptToken(desktop);
    await desktop.signIn.signOut();
    expect(desktop.signIn.view()).toEqual({ kind: 'signed_out', why: 'signed_out' });
    await desktop.signIn.signOut();
    expect(desktop.noted).toEqual([{ fresh: false }, { why: 'signed_out' }]);
    expect(desktop.keychain.items.size).toBe(0);
    await vi.waitFor(async () => expect(await refreshBy(broker, token)).toBe('invalid_grant'));
  });

  it('signs out without a network, and revokes when it is back', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const token = keptToken(desktop);
    await broker.provider.stop();
    await desktop.signIn.signOut();
    expect(desktop.keychain.items.size).toBe(0);
    await vi.waitFor(() => expect(desktop.revocations.waiting()).toBe(1));
    await broker.provider.start();
    await vi.waitFor(() => expect(desktop.revocations.waiting()).toBe(0), { timeout: 15_000, interval: 100 });
    expect(await refreshBy(broker, token)).toBe('invalid_grant');
  });

  it('does not come back from a token that was spent when the program was cut', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    const spent = desktop.keychain.items.get('sign-in') ?? Buffer.alloc(0);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    await desktop.me();
    // As if the new one had never reached the keychain.
    desktop.keychain.items.set('sign-in', spent);
    const again = await desktop.restart();
    await expect(again.me()).rejects.toThrow('signed_out');
    expect(again.signIn.view()).toEqual({ kind: 'signed_out', why: 'expired' });
  });

  it('goes on while the keychain does not take the new refresh token, and keeps it as soon as it does', async () => {
    const { broker } = await openBroker();
    const desktop = await signedIn(broker);
    desktop.keychain.before = (call) => (call === 'set' ? 'locked' : null);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect((await desktop.me()).status).toBe(200);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect((await desktop.me()).status).toBe(200);
    desktop.keychain.before = () => null;
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect((await desktop.me()).status).toBe(200);
    const again = await desktop.restart();
    expect((await again.me()).status).toBe(200);
  });
});

async function refreshBy(broker: HttpBroker, token: string): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: 'daypass-desktop' });
  const answer = await fetch(`${broker.provider.issuer}/token`, { method: 'POST', body: form });
  return ((await answer.json()) as { error?: string }).error ?? 'it works'; // The provider's answer, RFC 6749 5.2.
}
