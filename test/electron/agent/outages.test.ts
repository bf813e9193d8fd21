// The broker goes away and comes back, the machine sleeps, the program is started again, the disk and the keychain fail:
// nothing is lost, nothing stays open, and the person is told what is so.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let machine: Machine;
let desk: Desk;

beforeEach(async () => {
  world = await openWorld();
  machine = await openMachine(world);
  await start();
});
afterEach(async () => {
  await desk.stop();
  await machine.close();
  await world.close();
});

async function start(): Promise<void> {
  desk = await startDesk(machine, { settings: { wipeOnQuit: false } });
  await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
}
async function restart(): Promise<void> {
  await desk.stop();
  await start();
}
const ask = async (over: Partial<typeof FORM> = {}) =>
  await desk.agent.commands.ask({ wish: { ...FORM, ...over }, attempt: randomUUID() });
const hold = async (over: Partial<typeof FORM> = {}): Promise<string> => {
  const before = desk.agent.state().grants.length;
  expectOk(await ask(over));
  await expect.poll(() => desk.agent.state().grants.length).toBe(before + 1);
  return (
    desk.agent.state().grants.find(({ resource }) => resource.id === (over.resource ?? FORM.resource))?.grantId ?? ''
  );
};
const grantsOfAna = async () => expectOk(await (await world.as('ana')).grants({})).grants;
const stateOf = async (grantId: string) => (await grantsOfAna()).find(({ id }) => id === grantId);

describe('a broker that is away', () => {
  it('is shown as offline, keeps what the person typed askable, and catches up by itself', async () => {
    machine.host.cut();
    const order = { wish: FORM, attempt: randomUUID() };
    expect(await desk.agent.commands.ask(order)).toMatchObject({ ok: false, error: { code: 'broker_unreachable' } });
    expect(desk.agent.state().broker).toEqual({ kind: 'offline', sinceMs: world.clock.now() });
    machine.host.mend();
    expectOk(await desk.agent.commands.ask(order));
    expect(desk.agent.state().broker.kind).toBe('ready');
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
  });

  it('learns what happened meanwhile: a grant that was revoked is wiped when the line is back', async () => {
    const grantId = await hold();
    machine.host.cut();
    expectOk(await (await world.as('lee')).revoke(grantId, 'Lost.'));
    await expect.poll(() => desk.agent.state().broker.kind).toBe('offline');
    expect(desk.vault.tokens().size).toBe(1);
    machine.host.mend();
    desk.timers.advance(MINUTE_MS);
    await expect.poll(() => desk.vault.tokens().size).toBe(0);
    expect(desk.vault.wipes().map(({ reason }) => reason)).toEqual(['revoked']);
  });

  it('does not need every event: a poll finds what no event told', async () => {
    const grantId = await hold();
    // Whatever the stream says is thrown away, as on a line that eats it.
    machine.host.onCall(({ url }) => {
      if (url.endsWith('/v1/events')) throw new Error('eaten');
    });
    machine.host.cut();
    machine.host.mend();
    expectOk(await (await world.as('lee')).revoke(grantId, 'Lost.'));
    desk.timers.advance(5 * MINUTE_MS);
    await expect.poll(() => desk.vault.tokens().size).toBe(0);
  });

  it('gets a Done that it missed, also when the program was started again in between', async () => {
    const grantId = await hold();
    machine.host.cut();
    await desk.agent.commands.done({ grantId });
    expect(desk.agent.state().grants).toEqual([]);
    expect((await stateOf(grantId))?.state).toBe('active');
    await desk.stop();
    machine.host.mend();
    await start();
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
    expect((await stateOf(grantId))?.endReason).toBe('released');
  });

  it('stopped and started again: the desktop goes on with the same grants', async () => {
    await hold();
    machine.host.setState({ kind: 'failed', code: 'stopped', problems: [] });
    await world.stop();
    expect(desk.agent.state().broker).toMatchObject({ kind: 'failed', code: 'stopped' });
    expect(await ask()).toMatchObject({ ok: false });
    await world.start();
    machine.host.setState({ kind: 'ready', gatewayUrl: world.broker().gatewayUrl });
    await expect.poll(() => desk.agent.state().broker.kind).toBe('ready');
    expect(desk.agent.state().grants).toHaveLength(1);
    await hold({ resource: 'dataset:weather' });
  });
});

describe('a collect that is cut', () => {
  it('shows as interrupted, is tried again by itself, and gives one grant', async () => {
    machine.host.onCall(({ url }) => {
      if (url.endsWith('/collect')) throw new Error('cut before it was sent');
    });
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.phase).toBe('interrupted');
    expect(desk.agent.state().requests[0]).toMatchObject({ requestId, problem: 'interrupted' });
    machine.host.onCall(null);
    desk.timers.advance(5000);
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    expect(desk.agent.state().requests).toEqual([]);
    expect(await grantsOfAna()).toHaveLength(1);
  });

  it('goes on after the program was started again, with the same grant', async () => {
    machine.host.onCall(({ url }) => {
      if (url.endsWith('/collect')) throw new Error('cut');
    });
    expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.phase).toBe('interrupted');
    machine.host.onCall(null);
    await restart();
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    expect(await grantsOfAna()).toHaveLength(1);
  });

  it('can be tried again by hand', async () => {
    machine.host.onCall(({ url }) => {
      if (url.endsWith('/collect')) throw new Error('cut');
    });
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.phase).toBe('interrupted');
    expect(await desk.agent.commands.start({ requestId })).toMatchObject({ error: { code: 'interrupted' } });
    machine.host.onCall(null);
    expectOk(await desk.agent.commands.start({ requestId }));
    expect(desk.agent.state().grants).toHaveLength(1);
  });
});

describe('the keychain', () => {
  it('refuses a credential: the access is given back, and the person is told why', async () => {
    desk.failKeychain('locked');
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.shown().get(`request:${requestId}`)?.title).toMatch(/could not be collected/);
    expect(desk.agent.state().keychain).toEqual({ kind: 'locked' });
    await expect.poll(async () => (await grantsOfAna()).map(({ state }) => state)).toEqual(['ended']);
    expect(desk.vault.tokens().size).toBe(0);
  });

  it('is not there: memory only after the person agreed', async () => {
    desk.failKeychain('none');
    expectOk(await desk.agent.commands.retry({ what: 'keychain' }));
    expect(desk.agent.state().keychain).toEqual({ kind: 'none' });
    expectOk(await desk.agent.commands['use-memory-only']({ agree: true }));
    await hold();
    expect(desk.agent.state().grants[0]?.heldIn).toBe('memory');
    expect(desk.agent.state().memoryOnly).toBe(true);
  });

  it('keeps a credential that cannot be deleted in sight, ends the access all the same, and deletes it when asked again', async () => {
    const grantId = await hold();
    desk.failKeychain('locked');
    expect(await desk.agent.commands.done({ grantId })).toMatchObject({ error: { code: 'keychain_locked' } });
    expect(desk.agent.state().grants[0]).toMatchObject({
      phase: 'wipe_failed',
      problem: 'keychain_locked',
      snippets: [],
    });
    expect(desk.shown().get(`grant:${grantId}`)?.urgency).toBe('critical');
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
    desk.failKeychain(null);
    expectOk(await desk.agent.commands['retry-wipe']({ grantId }));
    expect(desk.agent.state().grants).toEqual([]);
  });

  it('loses a credential: it shows as missing, and the access is released', async () => {
    const grantId = await hold();
    desk.vault.lose(grantId);
    expect(desk.agent.state().grants[0]).toMatchObject({ phase: 'missing', problem: 'missing' });
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
    expectOk(await desk.agent.commands.done({ grantId }));
    expect(desk.agent.state().grants).toEqual([]);
  });
});

describe('too many records that wait', () => {
  it('keep new access back and nothing else: what is held ends and is wiped, and it goes on once they are sent', async () => {
    const grantId = await hold();
    desk.refuseGrants('backlog_full');
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.problem).toBe('backlog_full');
    expect(await desk.agent.commands.start({ requestId })).toMatchObject({
      ok: false,
      error: { code: 'backlog_full' },
    });
    expectOk(await desk.agent.commands.done({ grantId }));
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
    expect(desk.agent.state().grants).toEqual([]);
    desk.refuseGrants(null);
    expectOk(await desk.agent.commands.start({ requestId }));
    expect(desk.agent.state().grants).toMatchObject([{ requestId }]);
  });
});

describe('a disk that is full', () => {
  it('gives no new access, keeps the request, and collects when there is room', async () => {
    desk.refuseGrants('disk_full');
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.problem).toBe('disk_full');
    expect(desk.agent.state()).toMatchObject({ disk: 'full', requests: [{ phase: 'ready' }] });
    expect(await grantsOfAna()).toEqual([]);
    desk.refuseGrants(null);
    expectOk(await desk.agent.commands.start({ requestId }));
    expect(desk.agent.state()).toMatchObject({ disk: 'ok', grants: [{ requestId }] });
  });

  it('that takes no note of a check-out begins none, and answers without a word of the database', async () => {
    await desk.stop();
    const full = { ...machine.store, transaction: () => Promise.reject(new Error('database or disk is full')) };
    desk = await startDesk(machine, { store: full });
    await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.phase).toBe('ready');
    const started = await desk.agent.commands.start({ requestId });
    expect(started).toMatchObject({ ok: false, error: { code: 'not_recorded' } });
    expect(JSON.stringify(started)).not.toContain('database');
    expect(desk.vault.copies()).toEqual([]);
  });
});

describe('a disk that fills up while access is held', () => {
  it('keeps nobody from ending it: deleted here, released there', async () => {
    let room = true;
    await desk.stop();
    const { store } = machine;
    const transaction: typeof store.transaction = async (work) => {
      if (!room) throw new Error('database or disk is full');
      return await store.transaction(work);
    };
    desk = await startDesk(machine, { store: { ...store, transaction }, settings: { wipeOnQuit: false } });
    await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
    const grantId = await hold();
    room = false;
    expectOk(await desk.agent.commands.done({ grantId }));
    expect(desk.vault.tokens().size).toBe(0);
    expect((await stateOf(grantId))?.state).toBe('ended');
  });
});

describe('sleep', () => {
  it('does not eat a warning: what was passed is one warning on waking, while access is left', async () => {
    const grantId = await hold({ durationMs: HOUR_MS });
    world.clock.advance(59 * MINUTE_MS);
    await desk.agent.machine('resume');
    const warnings = (): number => desk.notices().filter(({ title }) => title.startsWith('Access ends')).length;
    expect(warnings()).toBe(1);
    expect(desk.shown().get(`grant:${grantId}`)?.title).toBe('Access ends in 60 seconds');
    await restart();
    await desk.agent.machine('resume');
    expect(warnings()).toBe(0);
  });

  it('over the end: wiped on waking, and told', async () => {
    const grantId = await hold({ durationMs: HOUR_MS });
    world.clock.advance(2 * HOUR_MS);
    await desk.agent.machine('resume');
    await expect.poll(() => desk.vault.tokens().size).toBe(0);
    expect(desk.shown().get(`grant:${grantId}`)?.title).toBe('Access ended: its time is over');
    expect(desk.notices().filter(({ title }) => title.startsWith('Access ends'))).toEqual([]);
  });
});

describe('a clock that jumped', () => {
  it('ends everything, begins nothing, and waits for the person', async () => {
    const grantId = await hold();
    desk.setJump({ byMs: 26 * HOUR_MS, atMs: world.clock.now() });
    await expect.poll(() => desk.vault.tokens().size).toBe(0);
    expect(desk.agent.state().clockJump).toMatchObject({ byMs: 26 * HOUR_MS });
    await expect
      .poll(() => desk.events.at(-1))
      .toMatchObject({ kind: 'clock.jumped', byMs: 26 * HOUR_MS, endedGrants: 1 });
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
    const { requestId } = expectOk(await ask());
    await expect.poll(() => desk.agent.state().requests[0]?.phase).toBe('ready');
    expect(await desk.agent.commands.start({ requestId })).toMatchObject({ error: { code: 'clock_jump' } });
    expectOk(await desk.agent.commands['accept-clock'](null));
    expectOk(await desk.agent.commands.start({ requestId }));
  });
});

describe('a clock that jumped while the program did not run', () => {
  it('ends what was held at the next start', async () => {
    await hold();
    await desk.stop();
    expect(machine.disk.secrets.size).toBe(1);
    desk = await startDesk(machine, { jump: { byMs: -26 * HOUR_MS, atMs: world.clock.now() } });
    await expect.poll(() => machine.disk.secrets.size).toBe(0);
    await expect
      .poll(() => desk.events)
      .toContainEqual(expect.objectContaining({ kind: 'clock.jumped', byMs: -26 * HOUR_MS, endedGrants: 1 }));
  });
});

describe('the log', () => {
  it('is sent in nobody’s name before the broker has let somebody in', async () => {
    await desk.stop();
    machine.host.cut();
    desk = await startDesk(machine, { settings: { wipeOnQuit: false } });
    await expect.poll(() => desk.agent.state().broker.kind).toBe('offline');
    expect(desk.sendsLog()).toBe(false);
    machine.host.mend();
    await expect
      .poll(() => {
        desk.timers.advance(MINUTE_MS);
        return desk.agent.state().catalog.length;
      })
      .toBeGreaterThan(0);
    await expect.poll(() => desk.sendsLog()).toBe(true);
  });
});

describe('an alarm about the ledger', () => {
  it('that a person cannot end now says why', async () => {
    const accept = desk.agent.commands['accept-ledger'];
    expect(await accept(null)).toMatchObject({ error: { code: 'no_alarm' } });
    desk.refuseGrants('alarm');
    expect(await accept(null)).toMatchObject({ error: { code: 'ledger_not_signed' } });
  });
});

describe('leaving', () => {
  it('wipes and releases at quit when that is set', async () => {
    await desk.stop();
    desk = await startDesk(machine, { settings: { wipeOnQuit: true } });
    await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
    const grantId = await hold();
    await desk.stop();
    expect(machine.disk.secrets.size).toBe(0);
    expect((await stateOf(grantId))?.state).toBe('ended');
  });

  it('wipes and releases at lock when that is set', async () => {
    const grantId = await hold();
    await desk.agent.machine('lock');
    expect(desk.vault.tokens().size).toBe(1);
    expectOk(await desk.agent.commands['change-setting']({ wipeOnLock: true }));
    await desk.agent.machine('lock');
    expect(desk.vault.tokens().size).toBe(0);
    await expect.poll(async () => (await stateOf(grantId))?.state).toBe('ended');
  });

  it('ends everything at once, whoever holds it', async () => {
    await hold();
    await hold({ resource: 'dataset:weather' });
    expect(expectOk(await desk.agent.commands['end-everything'](null))).toEqual({ ended: 2, failed: 0 });
    expect(desk.agent.state().grants).toEqual([]);
    await expect.poll(async () => (await grantsOfAna()).map(({ state }) => state)).toEqual(['ended', 'ended']);
  });
});
