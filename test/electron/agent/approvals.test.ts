// Two desktops of two people on one broker: asking, answering from the window and from a notification, and what either
// is told.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { Notice, NoticeAction } from '#electron/agent/ports.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let machines: Machine[];
let ana: Desk;
let jo: Desk;

beforeEach(async () => {
  world = await openWorld();
  machines = [await openMachine(world), await openMachine(world)];
  const [hers, his] = machines;
  if (hers === undefined || his === undefined) throw new Error('two machines');
  ana = await startDesk(hers, { osUser: 'ana' });
  jo = await startDesk(his, { osUser: 'jo' });
  await expect.poll(() => ana.agent.state().catalog.length).toBeGreaterThan(0);
  await expect.poll(() => jo.agent.state().me?.user).toBe('jo');
  await expect.poll(() => jo.events).toHaveLength(1);
});
afterEach(async () => {
  for (const desk of [ana, jo]) await desk.stop();
  for (const machine of machines) await machine.close();
  await world.close();
});

const WISH = { ...FORM, resource: 'dataset:legislators', justification: 'Checking the join on state.' };
const ask = async (over: Partial<typeof FORM> = {}) =>
  expectOk(await ana.agent.commands.ask({ wish: { ...WISH, ...over }, attempt: randomUUID() }));
const waiting = async () => {
  await expect.poll(() => jo.agent.state().approvals).toHaveLength(1);
  const [card] = jo.agent.state().approvals;
  if (card === undefined) throw new Error('nothing waits');
  return card;
};
const noticeOf = (desk: Desk, tag: string): Notice => {
  const notice = desk.shown().get(tag);
  if (notice === undefined) throw new Error(`no notice ${tag}: ${[...desk.shown().keys()].join(', ')}`);
  return notice;
};
const button = (notice: Notice, kind: NoticeAction['kind']): NoticeAction => {
  const action = notice.actions.find((one) => one.kind === kind);
  if (action === undefined) throw new Error(`no button ${kind}`);
  return action;
};

describe('a request that people must answer', () => {
  it('waits with its reasons, reaches the approver with a notice, and is collected when approved from there', async () => {
    const { requestId, state } = await ask();
    expect(state).toBe('pending');
    expect(ana.agent.state().requests[0]).toMatchObject({ requestId, phase: 'waiting', neededApprovals: 1 });
    const card = await waiting();
    expect(card).toMatchObject({
      requester: 'Ana Lima',
      purpose: 'evaluation',
      justification: 'Checking the join on state.',
      durationMs: HOUR_MS,
      heldBefore: { times: 0, refused: 0 },
    });
    expect(card.reasons.map(({ policyId }) => policyId)).toContain('guard.confidential');
    const notice = noticeOf(jo, `approval:${requestId}`);
    expect(notice.body).toContain('Ana Lima');
    expect(notice.body.endsWith('Checking the join on state.')).toBe(true);
    expectOk(await jo.agent.act(button(notice, 'approve')));
    expect(jo.shown().has(`approval:${requestId}`)).toBe(false);
    await expect.poll(() => ana.agent.state().grants).toHaveLength(1);
    await expect.poll(() => ana.shown().get(`request:${requestId}`)?.title).toBe('You have access');
    await expect.poll(() => jo.agent.state().approvals).toEqual([]);
  });

  it('is shown with what this person held before', async () => {
    const first = await ask();
    const card = await waiting();
    expectOk(await jo.agent.commands.answer({ ...ANSWER, requestId: first.requestId, scopeHash: card.scopeHash }));
    await expect.poll(() => ana.agent.state().grants).toHaveLength(1);
    await expect.poll(() => jo.agent.state().approvals).toEqual([]);
    await ask({ durationMs: 2 * HOUR_MS });
    expect((await waiting()).heldBefore).toEqual({ times: 1, withinDays: 30, refused: 0 });
  });

  it('tells the requester who rejected it and why, and keeps the card until it is put away', async () => {
    const { requestId } = await ask();
    const { scopeHash } = await waiting();
    expectOk(
      await jo.agent.commands.answer({
        ...ANSWER,
        requestId,
        scopeHash,
        answer: 'reject',
        reason: 'Use the masked copy.',
      }),
    );
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('rejected');
    const notice = noticeOf(ana, `request:${requestId}`);
    expect(notice.title).toBe('Rejected by Jo Berg');
    expect(notice.body).toContain('Use the masked copy.');
    expectOk(await ana.agent.commands['dismiss-request']({ requestId }));
    expect(ana.agent.state().requests).toEqual([]);
  });

  it('takes the notice back when the request is withdrawn, and refuses an answer to it', async () => {
    const { requestId } = await ask();
    await waiting();
    const notice = noticeOf(jo, `approval:${requestId}`);
    expectOk(await ana.agent.commands.withdraw({ requestId }));
    await expect.poll(() => jo.shown().has(`approval:${requestId}`)).toBe(false);
    expect(await jo.agent.act(button(notice, 'approve'))).toMatchObject({ ok: false, error: { code: 'stale' } });
    expect(ana.agent.state().requests).toEqual([]);
    expect(ana.agent.state().grants).toEqual([]);
  });

  it('goes from the list and the notice of who may not approve it any more, at once', async () => {
    await ask();
    const { requestId } = await waiting();
    const tag = `approval:${requestId}`;
    await expect.poll(() => jo.shown().has(tag)).toBe(true);
    const catalog = readFileSync(join(world.folder, 'catalog.yaml'), 'utf8');
    world.writeFile('catalog.yaml', catalog.replaceAll('owners: [records]', 'owners: [nlp]'));
    const approvers = readFileSync(join(world.folder, 'policies', 'approvers.cedar'), 'utf8');
    world.writeFile('policies/approvers.cedar', approvers.replace('Role::"approver"', 'Role::"reviewer"'));
    expectOk(await world.broker().reload());
    await expect.poll(() => jo.agent.state().approvals, { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => jo.shown().has(tag)).toBe(false);
  });

  it('refuses an answer while the screen is locked, and one to another scope', async () => {
    const { requestId } = await ask();
    const { scopeHash } = await waiting();
    const approve = { kind: 'approve', label: 'Approve', requestId, scopeHash } as const;
    jo.presence.locked = true;
    expect(await jo.agent.act(approve)).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect(await jo.agent.commands.answer({ ...ANSWER, requestId, scopeHash })).toMatchObject({
      error: { code: 'locked' },
    });
    jo.presence.locked = false;
    const other = { ...approve, scopeHash: '0'.repeat(64) };
    expect(await jo.agent.act(other)).toMatchObject({ ok: false, error: { code: 'stale' } });
    expect(ana.agent.state().requests[0]?.phase).toBe('waiting');
    expectOk(await jo.agent.act(approve));
    await expect.poll(() => ana.agent.state().grants).toHaveLength(1);
  });

  it('shows what was narrowed', async () => {
    await ask({ durationMs: 4 * HOUR_MS, startAtMs: world.clock.now() + HOUR_MS });
    const { requestId, scopeHash } = await waiting();
    expectOk(await jo.agent.commands.answer({ ...ANSWER, requestId, scopeHash, narrowToMs: HOUR_MS }));
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('scheduled');
    expect(ana.agent.state().requests[0]).toMatchObject({
      narrowed: true,
      askedDurationMs: 4 * HOUR_MS,
      durationMs: HOUR_MS,
    });
  });
});

describe('an approved request', () => {
  const approve = async (): Promise<string> => {
    const { requestId, scopeHash } = await waiting();
    expectOk(await jo.agent.commands.answer({ ...ANSWER, requestId, scopeHash }));
    return requestId;
  };

  it('says that it is ready while nobody is there, and starts from the notice', async () => {
    ana.presence.idleMs = 6 * MINUTE_MS;
    await ask();
    const requestId = await approve();
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('ready');
    const notice = noticeOf(ana, `request:${requestId}`);
    expect(notice.title).toBe('Approved: start when you are ready');
    expect(ana.agent.state().grants).toEqual([]);
    await ana.advance(HOUR_MS);
    ana.presence.idleMs = 0;
    expectOk(await ana.agent.act(button(notice, 'start')));
    expect(ana.shown().has(`request:${requestId}`)).toBe(false);
    const [grant] = ana.agent.state().grants;
    expect(grant?.endsAtMs).toBe(world.clock.now() + HOUR_MS);
  });

  it('does not begin behind a locked screen', async () => {
    ana.presence.locked = true;
    await ask();
    await approve();
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('ready');
    expect(ana.vault.copies()).toEqual([]);
  });

  it('waits for its start, and begins by itself then', async () => {
    await ask({ startAtMs: world.clock.now() + 2 * HOUR_MS });
    const requestId = await approve();
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('scheduled');
    expect(await ana.agent.commands.start({ requestId })).toMatchObject({ ok: false, error: { code: 'too_early' } });
    expect(ana.agent.state().requests[0]).toMatchObject({ phase: 'scheduled', problem: null });
    await ana.advance(2 * HOUR_MS);
    await expect.poll(() => ana.agent.state().grants).toHaveLength(1);
  });

  it('is taken back with the reason shown, while it waits to be started', async () => {
    ana.presence.idleMs = HOUR_MS;
    await ask();
    const requestId = await approve();
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('ready');
    const lee = await world.as('lee');
    expectOk(await lee.revokeRequest(requestId, 'Not today.'));
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('revoked');
    expect(noticeOf(ana, `request:${requestId}`).title).toBe('An approval was taken back');
  });
});

describe('a grant that somebody else ends', () => {
  it('is wiped at once, and the person is told', async () => {
    expectOk(await ana.agent.commands.ask({ wish: FORM, attempt: randomUUID() }));
    await expect.poll(() => ana.agent.state().grants).toHaveLength(1);
    const grantId = ana.agent.state().grants[0]?.grantId ?? '';
    const lee = await world.as('lee');
    expectOk(await lee.revoke(grantId, 'Laptop lost.'));
    await expect.poll(() => ana.agent.state().grants).toEqual([]);
    expect(ana.vault.tokens().size).toBe(0);
    expect(ana.vault.wipes().map(({ reason }) => reason)).toEqual(['revoked']);
    expect(noticeOf(ana, `grant:${grantId}`).title).toBe('Access was revoked');
  });
});

const ANSWER = { answer: 'approve', reason: null, narrowToMs: null, narrowToActions: null } as const;
