// Access over its life: extended, told of, asked again with one click, looked at afterwards; and who it belongs to.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desktopStateSchema } from '#shared/contracts/desktop/state.ts';
import { historySchema } from '#shared/contracts/desktop/history.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
let machine: Machine;
let desk: Desk;

afterEach(async () => {
  await desk.stop();
  await machine.close();
  await world.close();
});

async function open(options: Parameters<typeof openWorld>[0] = {}): Promise<void> {
  world = await openWorld(options);
  machine = await openMachine(world);
  desk = await startDesk(machine, { settings: { wipeOnQuit: false } });
  await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
}
const ask = async (over: Partial<typeof FORM> = {}) =>
  expectOk(await desk.agent.commands.ask({ wish: { ...FORM, ...over }, attempt: randomUUID() }));
const hold = async (over: Partial<typeof FORM> = {}): Promise<string> => {
  const { requestId } = await ask(over);
  const find = () => desk.agent.state().grants.find((card) => card.requestId === requestId);
  await expect.poll(find).toMatchObject({ phase: 'active' });
  return find()?.grantId ?? '';
};
const grantsOf = async (user: string) => expectOk(await (await world.as(user)).grants({})).grants;

describe('Extend', () => {
  beforeEach(async () => await open());

  it('adds time in place: the new credential first, then the old one goes, here and at the broker', async () => {
    const old = await hold();
    await desk.advance(50 * MINUTE_MS);
    const notice = desk.shown().get(`grant:${old}`);
    const extend = notice?.actions.find(({ kind }) => kind === 'extend');
    if (extend === undefined) throw new Error('no Extend');
    expectOk(await desk.agent.act(extend));
    await expect.poll(() => desk.agent.state().grants.map(({ grantId }) => grantId)).not.toContain(old);
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    const [card] = desk.agent.state().grants;
    expect(card?.endsAtMs).toBe(world.clock.now() + 70 * MINUTE_MS);
    expect(desk.vault.wipes().map(({ reason }) => reason)).toEqual(['replaced']);
    await expect
      .poll(async () => (await grantsOf('ana')).find(({ id }) => id === old))
      .toMatchObject({ state: 'ended', endReason: 'replaced' });
    expect((await grantsOf('ana')).find(({ id }) => id === card?.grantId)?.state).toBe('active');
  });

  it('that waits for people shows on the grant, which goes on', async () => {
    await ask({ resource: 'dataset:legislators' });
    const jo = await world.as('jo');
    const [request] = expectOk(await jo.requests({ role: 'approver' })).requests;
    expectOk(await jo.answer(request?.id ?? '', { answer: 'approve', scopeHash: request?.scopeHash ?? '' }));
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    const grantId = desk.agent.state().grants[0]?.grantId ?? '';
    const asked = await ask({ resource: 'dataset:legislators', extendsGrant: grantId });
    expect(asked.state).toBe('pending');
    expect(desk.agent.state().grants[0]?.extension).toEqual({ requestId: asked.requestId, state: 'waiting' });
    const ofGrant = async () => {
      const { requests } = expectOk(await (await world.as('ana')).requests({ role: 'requester' }));
      return requests.filter((one) => one.extends === grantId).map(({ state }) => state);
    };
    const extend = { kind: 'extend', label: 'Extend', grantId } as const;
    expectOk(await desk.agent.act({ ...extend, attempt: 'extend-of-a-second-notice' }));
    expect(await ofGrant()).toEqual(['pending']);
    const extension = expectOk(await jo.request(asked.requestId));
    expectOk(await jo.answer(extension.id, { answer: 'reject', reason: 'no', scopeHash: extension.scopeHash }));
    await expect.poll(() => desk.agent.state().grants[0]?.extension?.state).not.toBe('waiting');
    expectOk(await desk.agent.act({ ...extend, attempt: 'extend-of-a-third-notice' }));
    // Somebody said no a moment ago: the same is not put to them again at once.
    expect((await ofGrant()).toSorted()).toEqual(['denied', 'rejected']);
  });

  it('of what is gone is refused', async () => {
    const grantId = await hold();
    expectOk(await desk.agent.commands.done({ grantId }));
    const extend = { kind: 'extend', label: 'Extend', grantId, attempt: 'extend-0123456789' } as const;
    expect(await desk.agent.act(extend)).toMatchObject({ ok: false, error: { code: 'stale' } });
  });
});

describe('who acts', () => {
  beforeEach(async () => await open());

  it('is on record, once for each change', async () => {
    await expect.poll(() => desk.events).toHaveLength(1);
    expect(desk.events[0]).toMatchObject({ kind: 'identity.chosen', user: 'ana', by: 'default' });
    expectOk(await desk.agent.commands['choose-person']({ user: 'jo' }));
    await expect.poll(() => desk.events).toHaveLength(2);
    expect(desk.events[1]).toMatchObject({ user: 'jo', by: 'person' });
    await desk.stop();
    desk = await startDesk(machine, { settings: { wipeOnQuit: false } });
    await expect.poll(() => desk.agent.state().me?.user).toBe('jo');
    expect(desk.events).toEqual([]);
  });

  it('sees only what is theirs, while the rest is still wiped in time and on revoke', async () => {
    const first = await hold();
    const second = await hold({ resource: 'dataset:weather' });
    expectOk(await desk.agent.commands['choose-person']({ user: 'jo' }));
    await expect.poll(() => desk.agent.state().me?.user).toBe('jo');
    expect(desk.agent.state().grants).toEqual([]);
    expect(desk.agent.state().requests).toEqual([]);
    expect(desk.vault.tokens().size).toBe(2);
    expect(await desk.agent.commands.done({ grantId: first })).toMatchObject({ error: { code: 'not_known' } });
    expect(await desk.agent.commands['copy-token']({ grantId: first })).toMatchObject({ error: { code: 'not_known' } });
    expectOk(await (await world.as('lee')).revoke(first, 'Lost.'));
    await expect.poll(() => [...desk.vault.tokens().keys()]).toEqual([second]);
    await desk.advance(HOUR_MS);
    expect(desk.vault.tokens().size).toBe(0);
    expect(desk.notices().filter(({ tag }) => tag.startsWith('grant:'))).toEqual([]);
  });

  it('is nobody who is not configured', async () => {
    expect(await desk.agent.commands['choose-person']({ user: 'mallory' })).toMatchObject({ ok: false });
    expect(desk.agent.state().me?.user).toBe('ana');
  });
});

describe('one click', () => {
  beforeEach(async () => await open());

  it('is what was asked last, with what policy says to it today, and stays over a restart', async () => {
    const grantId = await hold({ justification: 'Weekly check' });
    expectOk(await desk.agent.commands['set-favourite']({ resource: 'dataset:legislators', favourite: true }));
    const presets = () => desk.agent.state().presets;
    await expect
      .poll(() => presets().map(({ resource }) => resource.id))
      .toEqual(['dataset:legislators', 'dataset:penguins']);
    await expect
      .poll(() => {
        desk.timers.advance(500);
        return presets().map(({ outcome }) => outcome);
      })
      .toEqual(['needs_approval', 'approved']);
    expect(presets()[1]).toMatchObject({ justification: 'Weekly check', durationMs: HOUR_MS, favourite: false });
    expectOk(await desk.agent.commands.done({ grantId }));
    await desk.stop();
    desk = await startDesk(machine);
    await expect.poll(() => presets().length).toBe(2);
  });
});

describe('a snippet', () => {
  beforeEach(async () => await open());

  it('goes to the clipboard without the token in it', async () => {
    const grantId = await hold();
    const token = desk.vault.tokens().get(grantId) ?? '';
    for (const kind of desk.agent.state().grants[0]?.snippets ?? [])
      expectOk(await desk.agent.commands['copy-snippet']({ grantId, kind }));
    expect(desk.copied.length).toBeGreaterThanOrEqual(5);
    expect(token.length).toBeGreaterThan(100);
    for (const text of [...desk.copied, JSON.stringify(desk.agent.state()), JSON.stringify(desk.notices())])
      expect(text).not.toContain(token);
    expect(await desk.agent.commands['copy-snippet']({ grantId, kind: 'openai' })).toMatchObject({ ok: false });
  });
});

describe('history', () => {
  beforeEach(async () => await open());

  it('has the spans of access and the facts behind them, newest first', async () => {
    const startedMs = world.clock.now();
    const grantId = await hold();
    await desk.advance(10 * MINUTE_MS);
    expectOk(await desk.agent.commands.done({ grantId }));
    const query = { fromMs: startedMs - HOUR_MS, toMs: startedMs + HOUR_MS, limit: 200 };
    const history = expectOk(await desk.agent.commands.history(query));
    expect(() => historySchema.parse(history)).not.toThrow();
    expect(history.spans).toMatchObject([
      { grantId, startsAtMs: startedMs, endsAtMs: startedMs + 10 * MINUTE_MS, live: false, endReason: 'released' },
    ]);
    const kinds = history.facts.map(({ kind }) => kind);
    expect(kinds).toContain('request.submitted');
    expect(kinds).toContain('grant.issued');
    expect(kinds.indexOf('grant.ended')).toBeLessThan(kinds.indexOf('grant.issued'));
    expect(history.more).toBe(false);
    const few = expectOk(await desk.agent.commands.history({ ...query, limit: 2 }));
    expect(few.facts).toEqual(history.facts.slice(0, 2));
    expect(few.more).toBe(true);
    const later = expectOk(
      await desk.agent.commands.history({ fromMs: startedMs + 30 * MINUTE_MS, toMs: startedMs + HOUR_MS, limit: 10 }),
    );
    expect(later).toMatchObject({ spans: [], facts: [] });
  });
});

describe('hostile words', () => {
  const EVIL = '\u202Egnp.exe\u2066 <img src=x onerror=alert(1)> \u200B';
  const MARKS = /[\u200b\u202a-\u202e\u2066-\u2069]/;

  it('of a configuration, a catalog and a requester are cleaned wherever they show', async () => {
    const catalog = readFileSync(new URL('../../../examples/solo/catalog.yaml', import.meta.url), 'utf8')
      .replace('name: Members of the US Congress', `name: "Members ${EVIL}"`)
      .replace('licence: CC0-1.0', `licence: "CC0 ${EVIL}"`);
    const config = CONFIG.replace('displayName: Ana Lima,', `displayName: "Ana ${EVIL}",`);
    await open({ catalog, config });
    const jos = await openMachine(world);
    const jo = await startDesk(jos, { osUser: 'jo' });
    await expect.poll(() => jo.agent.state().me?.user).toBe('jo');
    await expect.poll(() => jo.agent.state().catalog.length).toBeGreaterThan(0);
    await ask({ resource: 'dataset:legislators', justification: `Because ${EVIL}`, ticket: `T-1 ${EVIL}` });
    await expect.poll(() => jo.agent.state().approvals).toHaveLength(1);
    for (const shown of [jo.agent.state(), desk.agent.state()]) {
      expect(() => desktopStateSchema.parse(shown)).not.toThrow();
      expect(JSON.stringify(shown)).not.toMatch(MARKS);
    }
    expect(JSON.stringify(jo.notices())).not.toMatch(MARKS);
    // Markup is text like any other: it is shown, never read.
    expect(jo.agent.state().approvals[0]?.justification).toContain('<img src=x');
    await jo.stop();
    await jos.close();
  });
});
