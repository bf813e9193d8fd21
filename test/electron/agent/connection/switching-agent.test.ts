// The whole agent on a team's broker over HTTP: connected by an address, signed in at a real provider, access checked out
// into a small keychain; then offline, signed out, and back to the embedded broker. One broker and one provider for all;
// each test is another person's at another desk.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { FORM } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { openHttpBroker, type HttpBroker } from '#test/support/http-broker.ts';
import { anotherAccount, type Account } from '#test/support/oidc/accounts.ts';
import { copiesIn, openTeamDesk, shows, signInAt, type TeamDesk } from '#test/support/team-desk.ts';
import { CONFIG } from '#test/support/world-files.ts';

const PEOPLE = Array.from({ length: 11 }, (_none, index) => anotherAccount(`person${index}`));
const USERS = PEOPLE.map(
  ({ login, name }) =>
    `      - { name: ${login}, displayName: ${name}, roles: [data-scientist, approver], teams: [vision], contractor: false, zoneinfo: Europe/Berlin }\n`,
).join('');

let world: World;
let broker: HttpBroker;
let ticking: NodeJS.Timeout;
beforeAll(async () => {
  const config = CONFIG.replace('    users:\n', (line) => line + USERS);
  world = await openWorld({ startAt: new Date().toISOString(), config });
  ticking = setInterval(() => world.clock.set(Date.now()), 20);
  broker = await openHttpBroker(world, { accounts: PEOPLE });
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  clearInterval(ticking);
  await world.close();
});

let person: Account;
const people = [...PEOPLE];
const open: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  const next = people.shift();
  if (next === undefined) throw new Error('a test more than people');
  person = next;
});
afterEach(async () => {
  await broker.mend();
  for (const close of open.splice(0).reverse()) await close();
});

async function openDesk(given: Partial<Parameters<typeof openTeamDesk>[0]> = {}): Promise<TeamDesk> {
  const desk = await openTeamDesk({ account: person, ...given });
  open.push(desk.dispose);
  return desk;
}

async function managed(): Promise<TeamDesk> {
  const desk = await openDesk({ managedBroker: broker.url });
  await signInAt(desk);
  return desk;
}

async function connected(): Promise<TeamDesk> {
  const desk = await openDesk();
  expectOk(await desk.agent.commands.connect({ url: broker.url }));
  await signInAt(desk);
  return desk;
}

async function checkOut(desk: TeamDesk, durationMs = 60_000): Promise<DesktopState['grants'][number]> {
  const wish = { ...FORM, durationMs };
  const { requestId } = expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() }));
  return await shows(desk, ({ grants }) =>
    grants.find((card) => card.requestId === requestId && card.phase !== 'storing'),
  );
}

/** Which of these an area's log knows of, in its files as they are on disk. */
function factsIn(area: string): readonly string[] {
  const files = readdirSync(area).filter((name) => name.includes('.sqlite'));
  const text = files.map((name) => readFileSync(join(area, name), 'latin1')).join();
  return ['broker.connected', 'broker.left', 'sign_in.ended', 'sign_in.made'].filter((kind) => text.includes(kind));
}

describe('the desktop on a team broker', () => {
  it('connects by an address, signs in, checks out, and its token opens the data', async () => {
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
    await signInAt(desk);
    expect(desk.agent.state().me?.name).toBe(person.name);
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
    const desk = await managed();
    const grant = await checkOut(desk, 4000);
    await broker.cut();
    await broker.provider.stop();
    await shows(desk, ({ broker: { kind } }) => kind === 'offline');
    expect(copiesIn(desk)).toHaveLength(1);
    await shows(desk, ({ grants }) => grants.length === 0);
    expect(Date.now()).toBeGreaterThanOrEqual(grant.endsAtMs);
    expect(copiesIn(desk)).toEqual([]);
    expect(desk.agent.state().connection).toMatchObject({ signIn: { kind: 'signed_in' } });
    await broker.provider.start();
    await broker.mend();
    await shows(desk, ({ broker: { kind } }) => kind === 'ready');
    await shows(desk, ({ sync }) => sync.kind === 'synced');
    expect(desk.agent.state().grants).toEqual([]);
  });

  it('keeps what is held and what waits when the sign-in runs out, and goes on after the next one', async () => {
    const desk = await managed();
    await checkOut(desk);
    const wish = { ...FORM, startAtMs: Date.now() + 3_600_000 };
    const waiting = expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() }));
    broker.provider.disable(person);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    const again = randomUUID();
    const unanswered = await desk.agent.commands.ask({ wish: FORM, attempt: again });
    expect(unanswered).toMatchObject({ ok: false, error: { code: 'signed_out' } });
    const out = desk.agent.state();
    expect(out).toMatchObject({
      broker: { kind: 'signed_out' },
      connection: { signIn: { kind: 'signed_out', why: 'expired' } },
    });
    expect(out.grants).toHaveLength(1);
    expect(out.requests.map(({ requestId }) => requestId)).toContain(waiting.requestId);
    expect(copiesIn(desk)).toHaveLength(1);
    broker.provider.enable(person);
    await signInAt(desk);
    const answered = expectOk(await desk.agent.commands.ask({ wish: FORM, attempt: again }));
    expect(answered.state).toBe('approved');
    await shows(desk, ({ grants }) => grants.length === 2);
  });

  it('shows, counts down and wipes what was held when the program starts without a sign-in', async () => {
    const kept = { managedBroker: broker.url, wipeOnQuit: false } as const;
    const desk = await openDesk(kept);
    await signInAt(desk);
    const grant = await checkOut(desk, 6000);
    broker.provider.disable(person);
    await broker.provider.rotateKeys({ forgetEarlier: true });
    expect(await desk.agent.commands.preview(FORM)).toMatchObject({ error: { code: 'signed_out' } });
    await broker.cut();
    await desk.agent.close();
    const next = await openDesk({ ...kept, on: desk });
    await shows(next, ({ grants }) => grants.some(({ grantId }) => grantId === grant.grantId));
    expect(next.agent.state().broker.kind).toBe('signed_out');
    await shows(next, ({ grants }) => grants.length === 0);
    expect(copiesIn(next)).toEqual([]);
  });

  it('wipes everything and revokes at a sign-out; the broker knows that the access is over', async () => {
    const desk = await managed();
    const { requestId } = await checkOut(desk);
    const releases = (): number => broker.seen.filter(({ path }) => path.endsWith('/release')).length;
    const before = releases();
    expectOk(await desk.agent.commands['sign-out'](null));
    const state = desk.agent.state();
    expect(state).toMatchObject({ me: null, grants: [], requests: [], connection: { signIn: { why: 'signed_out' } } });
    expect(copiesIn(desk)).toEqual([]);
    expect([...desk.keychain.items.keys()].filter((name) => name.startsWith('sign-in'))).toEqual([]);
    await signInAt(desk);
    await shows(desk, ({ requests }) => requests.every((request) => request.requestId !== requestId));
    expect(releases()).toBe(before + 1);
  });

  it('wipes what it holds when the broker lets this person in no more', async () => {
    const desk = await managed();
    await checkOut(desk);
    const ana = await world.as('ana');
    const { actions, purpose, durationMs } = FORM;
    const wanted = {
      resource: 'dataset:legislators',
      actions,
      purpose,
      durationMs,
      justification: 'Checking the join.',
    };
    const { id } = expectOk(await ana.submit(wanted, randomUUID()));
    await shows(desk, ({ approvals }) => approvals.some(({ requestId }) => requestId === id));
    broker.knowNobody(true);
    try {
      const wish = { wish: FORM, attempt: randomUUID() };
      // Or something in the background, as the log that is sent, heard it first.
      const code: unknown = expect.stringMatching(/^(?:unauthenticated|signed_out)$/);
      expect(await desk.agent.commands.ask(wish)).toMatchObject({ ok: false, error: { code } });
      await shows(desk, ({ connection, grants }) => {
        const { signIn } = connection.kind === 'team' ? connection : { signIn: null };
        return signIn?.kind === 'signed_out' && signIn.why === 'refused' && grants.length === 0;
      });
      expect(copiesIn(desk)).toEqual([]);
      // Whoever is nobody there is asked nothing.
      expect(desk.agent.state().approvals).toEqual([]);
    } finally {
      broker.knowNobody(false);
    }
    await signInAt(desk);
    await checkOut(desk);
  });

  it('goes back to the embedded broker with nothing of the team left, and starts there the next time', async () => {
    const desk = await connected();
    await checkOut(desk);
    const ofTeam = [...desk.keychain.items.keys()].filter((name) => name.startsWith('device-key'));
    expect(ofTeam).toHaveLength(2);
    // What the log of this broker goes to besides, with a secret of its own.
    const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
    const place = { kind: 'webhook', name: 'siem', url: 'http://127.0.0.1:1/hook', secret } as const;
    expectOk(await desk.agent.commands['add-sink'](place));
    await shows(desk, ({ sinks }) => sinks.some(({ name }) => name === 'siem'));
    expect([...desk.keychain.items.keys()].filter((name) => name.startsWith('sink:'))).toHaveLength(1);
    expectOk(await desk.agent.commands.disconnect(null));
    expect(desk.agent.state().sinks).toEqual([]);
    await vi.waitFor(
      () => expect([...desk.keychain.items.keys()].filter((name) => name.startsWith('sink:'))).toEqual([]),
      { timeout: 15_000, interval: 20 },
    );
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
    expect(factsIn(desk.folder)).toEqual(['broker.connected', 'broker.left']);
    const [area = 'none'] = readdirSync(join(desk.folder, 'brokers'));
    expect(factsIn(join(desk.folder, 'brokers', area))).toEqual([
      'broker.connected',
      'broker.left',
      'sign_in.ended',
      'sign_in.made',
    ]);
  });

  it('starts on the broker that was chosen, signed in, as the same device', async () => {
    const desk = await connected();
    await desk.agent.close();
    const before = new Map(desk.keychain.items);
    const next = await openDesk({ on: desk });
    await shows(next, ({ me, catalog }) => me !== null && catalog.length > 0);
    expect(next.opened).toEqual([]);
    for (const [name, bytes] of before)
      if (name.startsWith('device-key')) expect(next.keychain.items.get(name)).toEqual(bytes);
  });

  it('lets nobody choose another broker than the organisation did', async () => {
    const desk = await openDesk({ managedBroker: broker.url });
    expect(desk.agent.state().connection).toMatchObject({ kind: 'team', managed: true, url: broker.url });
    const refused = { ok: false, error: { code: 'managed' } };
    expect(await desk.agent.commands.connect({ url: 'https://other.example.org' })).toMatchObject(refused);
    expect(await desk.agent.commands.disconnect(null)).toMatchObject(refused);
  });

  it('gives up nothing for an address where no broker answers', async () => {
    const desk = await managed();
    await checkOut(desk);
    const { port } = new URL(broker.provider.issuer);
    const next = await openDesk();
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
    const desk = await connected();
    await checkOut(desk);
    desk.keychain.before = (call, account) => (call === 'remove' && account.startsWith('copy:') ? 'locked' : null);
    expect(await desk.agent.commands.disconnect(null)).toMatchObject({ ok: false, error: { code: 'not_wiped' } });
    expect(desk.agent.state().connection).toMatchObject({ kind: 'team', url: broker.url });
    desk.keychain.before = () => null;
  });
});
