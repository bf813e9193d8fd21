// The whole agent on a team's broker over HTTP: connected by an address, signed in at a real provider, access checked out
// into a small keychain; then offline, signed out, and back to the embedded broker.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Agent } from '#electron/agent/agent.ts';
import { systemTimers } from '#electron/agent/clock.ts';
import { openNetwork } from '#electron/agent/connection/https-fetch.ts';
import { openSwitchingAgent } from '#electron/agent/connection/switching-agent.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';
import { ok } from '#shared/domain/result.ts';
import { FORM } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';
import { openHttpBroker, type HttpBroker } from '#test/support/http-broker.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { openSmallBrowser } from '#test/support/small-browser.ts';

const ATTEMPT = 'an-attempt-of-this-test';
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

type Desk = {
  readonly agent: Agent;
  readonly keychain: HandKeychain;
  readonly clipboard: ReturnType<typeof createHandClipboard>;
  readonly folder: string;
  readonly troubles: string[];
  readonly opened: string[];
};
type Given = {
  readonly managedBroker?: string;
  readonly wipeOnQuit?: boolean;
  readonly on?: Pick<Desk, 'folder' | 'keychain'>;
};

async function openDesk({ managedBroker, wipeOnQuit = true, on }: Given = {}): Promise<Desk> {
  const folder = on?.folder ?? mkdtempSync(join(tmpdir(), 'daypass-team-desk-'));
  if (on === undefined) open.push(async () => rmSync(folder, { recursive: true, force: true }));
  const keychain = on?.keychain ?? createHandKeychain();
  const clipboard = createHandClipboard();
  const browser = openSmallBrowser();
  const settings = { values: settingsSchema.parse({ wipeOnQuit }), managed: [] };
  const troubles: string[] = [];
  const opened: string[] = [];
  const agent = await openSwitchingAgent(
    {
      dataFolder: folder,
      // No embedded broker starts from this: only whether it is tried matters here.
      configFile: join(folder, 'none.yaml'),
      version: '0.0.0',
      brokerWorker: new URL('../../../../broker/worker.ts', import.meta.url),
      managedBroker: managedBroker ?? null,
      ports: {
        browser: {
          open: async (url) => {
            opened.push(url);
            void browser.signIn(url, ANA).catch(() => undefined);
          },
        },
        clipboard,
        presence: { locked: () => false, idleMs: () => 0 },
        notices: { show: () => undefined, withdraw: () => undefined },
        settings: { state: () => settings, change: async () => ok(null), subscribe: () => () => undefined },
        log: { info: () => undefined, trouble: (event) => void troubles.push(event) },
      },
    },
    { keychain, network: openNetwork(), timers: systemTimers },
  );
  open.push(agent.close);
  return { agent, keychain, clipboard, folder, troubles, opened };
}

async function openTeam(): Promise<{ world: World; broker: HttpBroker }> {
  const world = await openWorld({ startAt: new Date().toISOString() });
  open.push(world.close);
  const ticking = setInterval(() => world.clock.set(Date.now()), 20);
  open.push(async () => clearInterval(ticking));
  const broker = await openHttpBroker(world);
  open.push(async () => await broker[Symbol.asyncDispose]());
  return { world, broker };
}

async function until<T>({ agent }: Desk, look: (state: DesktopState) => T | null | undefined | false): Promise<T> {
  return await vi.waitFor(
    () => {
      const found = look(agent.state());
      if (found === null || found === undefined || found === false)
        throw new Error(JSON.stringify(agent.state().connection));
      return found;
    },
    { timeout: 15_000, interval: 20 },
  );
}

async function signIn(desk: Desk): Promise<void> {
  expectOk(await desk.agent.commands['sign-in']({ how: 'browser', fresh: false }));
  await until(desk, ({ broker, me, catalog }) => broker.kind === 'ready' && me !== null && catalog.length > 0);
}

async function connected(): Promise<{ world: World; broker: HttpBroker; desk: Desk }> {
  const { world, broker } = await openTeam();
  const desk = await openDesk({ managedBroker: broker.url });
  await signIn(desk);
  return { world, broker, desk };
}

async function checkOut(desk: Desk, durationMs = 60_000): Promise<DesktopState['grants'][number]> {
  const wish = { ...FORM, durationMs };
  const { requestId } = expectOk(await desk.agent.commands.ask({ wish, attempt: `${ATTEMPT}${durationMs}` }));
  return await until(desk, ({ grants }) =>
    grants.find((card) => card.requestId === requestId && card.phase !== 'storing'),
  );
}

const copies = ({ keychain }: Desk): readonly string[] =>
  [...keychain.items.keys()].filter((name) => name.startsWith('copy:'));

describe('the desktop on a team broker', () => {
  it('connects by an address, signs in, checks out, and its token opens the data', async () => {
    const { world, broker } = await openTeam();
    const desk = await openDesk();
    expect(desk.agent.state()).toMatchObject({ mode: 'embedded', connection: { kind: 'embedded' } });
    const found = expectOk(await desk.agent.commands['find-broker']({ url: broker.url }));
    expect(found).toEqual({ url: broker.url, name: 'Example Org', signInHost: new URL(broker.provider.issuer).host });
    expect(desk.agent.state().mode).toBe('embedded');
    expectOk(await desk.agent.commands.connect({ url: broker.url }));
    expect(desk.agent.state()).toMatchObject({
      mode: 'team',
      broker: { kind: 'signed_out' },
      connection: { kind: 'team', url: broker.url, managed: false, signIn: { kind: 'signed_out', why: 'never' } },
    });
    await signIn(desk);
    expect(desk.agent.state().me?.name).toBe('Ana Lima');
    const grant = await checkOut(desk);
    expectOk(await desk.agent.commands['copy-token']({ grantId: grant.grantId }));
    const token = desk.clipboard.text ?? '';
    const answer = await fetch(new URL('penguins.csv', grant.url ?? ''), {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
    expect(JSON.stringify(desk.agent.state())).not.toContain(token);
    expect(world.troubles).toEqual([]);
  });

  it('wipes on time without any network, and agrees with the broker when it is back', async () => {
    const { broker, desk } = await connected();
    const grant = await checkOut(desk, 4000);
    await broker.cut();
    await broker.provider.stop();
    await until(desk, ({ broker: { kind } }) => kind === 'offline');
    expect(copies(desk)).toHaveLength(1);
    await until(desk, ({ grants }) => grants.length === 0);
    expect(Date.now()).toBeGreaterThanOrEqual(grant.endsAtMs);
    expect(copies(desk)).toEqual([]);
    expect(desk.agent.state().connection).toMatchObject({ signIn: { kind: 'signed_in' } });
    await broker.provider.start();
    await broker.mend();
    await until(desk, ({ broker: { kind } }) => kind === 'ready');
    await until(desk, ({ sync }) => sync.kind === 'synced');
    expect(desk.agent.state().grants).toEqual([]);
  });

  it('keeps what is held and what waits when the sign-in runs out, and goes on after the next one', async () => {
    const { broker, desk } = await connected();
    await checkOut(desk);
    const wish = { ...FORM, startAtMs: Date.now() + 3_600_000 };
    const waiting = expectOk(await desk.agent.commands.ask({ wish, attempt: `${ATTEMPT}-waits` }));
    broker.provider.disable(ANA);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    const unanswered = await desk.agent.commands.ask({ wish: FORM, attempt: `${ATTEMPT}-again` });
    expect(unanswered).toMatchObject({ ok: false, error: { code: 'signed_out' } });
    const out = desk.agent.state();
    expect(out).toMatchObject({
      broker: { kind: 'signed_out' },
      connection: { signIn: { kind: 'signed_out', why: 'expired' } },
    });
    expect(out.grants).toHaveLength(1);
    expect(out.requests.map(({ requestId }) => requestId)).toContain(waiting.requestId);
    expect(copies(desk)).toHaveLength(1);
    broker.provider.enable(ANA);
    await signIn(desk);
    const again = expectOk(await desk.agent.commands.ask({ wish: FORM, attempt: `${ATTEMPT}-again` }));
    expect(again.state).toBe('approved');
    await until(desk, ({ grants }) => grants.length === 2);
  });

  it('shows, counts down and wipes what was held when the program starts without a sign-in', async () => {
    const { broker } = await openTeam();
    const kept = { managedBroker: broker.url, wipeOnQuit: false } as const;
    const desk = await openDesk(kept);
    await signIn(desk);
    const grant = await checkOut(desk, 8000);
    broker.provider.disable(ANA);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect(await desk.agent.commands.preview(FORM)).toMatchObject({ error: { code: 'signed_out' } });
    await broker.cut();
    await desk.agent.close();
    const next = await openDesk({ ...kept, on: desk });
    await until(next, ({ grants }) => grants.some(({ grantId }) => grantId === grant.grantId));
    expect(next.agent.state().broker.kind).toBe('signed_out');
    await until(next, ({ grants }) => grants.length === 0);
    expect(copies(next)).toEqual([]);
  });

  it('wipes everything and revokes at a sign-out; the broker knows that the access is over', async () => {
    const { broker, desk } = await connected();
    const { requestId } = await checkOut(desk);
    expectOk(await desk.agent.commands['sign-out'](null));
    const state = desk.agent.state();
    expect(state).toMatchObject({ me: null, grants: [], requests: [], connection: { signIn: { why: 'signed_out' } } });
    expect(copies(desk)).toEqual([]);
    expect([...desk.keychain.items.keys()].filter((name) => name.startsWith('sign-in'))).toEqual([]);
    await signIn(desk);
    await until(desk, ({ requests }) => requests.every((request) => request.requestId !== requestId));
    expect(broker.seen.some(({ path }) => path.endsWith('/release'))).toBe(true);
  });

  it('goes back to the embedded broker with nothing of the team left, and starts there the next time', async () => {
    const { broker } = await openTeam();
    const desk = await openDesk();
    expectOk(await desk.agent.commands.connect({ url: broker.url }));
    await signIn(desk);
    await checkOut(desk);
    const ofTeam = [...desk.keychain.items.keys()].filter((name) => name.startsWith('device-key'));
    expect(ofTeam).toHaveLength(2);
    expectOk(await desk.agent.commands.disconnect(null));
    expect(desk.agent.state()).toMatchObject({
      mode: 'embedded',
      connection: { kind: 'embedded' },
      me: null,
      grants: [],
    });
    expect([...desk.keychain.items.keys()].every((name) => name.startsWith('device-key'))).toBe(true);
    await desk.agent.close();
    const next = await openDesk({ on: desk });
    expect(next.agent.state().mode).toBe('embedded');
  });

  it('starts on the broker that was chosen, signed in, as the same device', async () => {
    const { broker } = await openTeam();
    const desk = await openDesk();
    expectOk(await desk.agent.commands.connect({ url: broker.url }));
    await signIn(desk);
    await desk.agent.close();
    const before = new Map(desk.keychain.items);
    const next = await openDesk({ on: desk });
    await until(next, ({ me, catalog }) => me !== null && catalog.length > 0);
    expect(next.opened).toEqual([]);
    for (const [name, bytes] of before)
      if (name.startsWith('device-key')) expect(next.keychain.items.get(name)).toEqual(bytes);
  });

  it('lets nobody choose another broker than the organisation did', async () => {
    const { broker } = await openTeam();
    const desk = await openDesk({ managedBroker: broker.url });
    expect(desk.agent.state().connection).toMatchObject({ kind: 'team', managed: true, url: broker.url });
    const managed = { ok: false, error: { code: 'managed' } };
    expect(await desk.agent.commands.connect({ url: 'https://other.example.org' })).toMatchObject(managed);
    expect(await desk.agent.commands.disconnect(null)).toMatchObject(managed);
  });

  it('gives up nothing for an address where no broker answers', async () => {
    const { broker, desk } = await connected();
    await checkOut(desk);
    const { port } = new URL(broker.provider.issuer);
    const next = await openDesk({
      on: { folder: mkdtempSync(join(tmpdir(), 'daypass-team-desk-')), keychain: createHandKeychain() },
    });
    expect(await next.agent.commands.connect({ url: `http://127.0.0.1:${port}` })).toMatchObject({
      error: { code: 'no_broker' },
    });
    expect(await next.agent.commands.connect({ url: 'http://127.0.0.1:1' })).toMatchObject({
      error: { code: 'broker_unreachable' },
    });
    expect(next.agent.state().mode).toBe('embedded');
    expect(desk.agent.state().grants).toHaveLength(1);
  });

  it('stays where it is when a credential cannot be deleted', async () => {
    const { broker } = await openTeam();
    const desk = await openDesk();
    expectOk(await desk.agent.commands.connect({ url: broker.url }));
    await signIn(desk);
    await checkOut(desk);
    desk.keychain.before = (call, account) => (call === 'remove' && account.startsWith('copy:') ? 'locked' : null);
    expect(await desk.agent.commands.disconnect(null)).toMatchObject({ ok: false, error: { code: 'not_wiped' } });
    expect(desk.agent.state().connection).toMatchObject({ kind: 'team', url: broker.url });
    desk.keychain.before = () => null;
  });
});
