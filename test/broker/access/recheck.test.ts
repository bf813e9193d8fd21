// Between approval and collect the world may change: everything is looked at again, on every path.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '#broker/config/load-config.ts';
import {
  approve,
  ask,
  FINANCE,
  hold,
  kindsOf,
  LEGISLATORS,
  PENGUINS,
  readLedger,
  storyOf,
  use,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => await world.close());

function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(join(world.folder, file), 'utf8');
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`nothing to edit in ${file}`);
  world.writeFile(file, edited);
}

async function reload(): Promise<void> {
  expectOk(await world.broker().reload());
}

async function restartWith(config: string): Promise<void> {
  await world.stop();
  const parsed = parseConfig({ file: join(world.folder, 'daypass.yaml'), text: config });
  await world.start({ loaded: expectOk(parsed) });
}

const NO_APPROVERS_BUT_OWNERS = [
  /permit \(principal in Daypass::Role::"approver", action == Daypass::Action::"approve", resource\);/,
  'permit (principal in Daypass::Role::"nobody", action == Daypass::Action::"approve", resource);',
] as const;

describe('an approval', () => {
  it('of somebody who may approve no longer does not count at collect', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    expect((await approve(world, 'sam', request.id)).state).toBe('approved');
    edit('policies/approvers.cedar', ...NO_APPROVERS_BUT_OWNERS);
    await reload();
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject({
      ok: false,
      error: { code: 'denied_by_policy', status: 403 },
    });
    expect(expectOk(await ana.request(request.id))).toMatchObject({
      state: 'denied',
      closeCode: 'approvals_no_longer_count',
      grantId: null,
    });
    const story = await storyOf(world, request.id);
    expect(story.slice(-2)).toMatchObject([
      { kind: 'request.decided', data: { stage: 'collect', outcome: 'needs_approval' } },
      { kind: 'request.closed', failed: true, data: { state: 'denied', code: 'approvals_no_longer_count' } },
    ]);
  });

  it('of somebody who may approve no longer does not count at the next answer either', async () => {
    const request = await ask(world, 'ana', FINANCE);
    await approve(world, 'sam', request.id);
    edit('policies/approvers.cedar', ...NO_APPROVERS_BUT_OWNERS);
    await reload();
    expect(await approve(world, 'jo', request.id)).toMatchObject({ state: 'pending' });
    expect(await approve(world, 'sam2', request.id).catch((error: unknown) => String(error))).toMatchObject({
      state: 'pending',
    });
  });

  it('of somebody who left the directory does not count', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'sam', request.id);
    await restartWith(CONFIG.replace(/^.*name: sam,.*\n/m, ''));
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'denied_by_policy' } });
  });

  it('does not survive a change of what the resource is: sensitivity or upstream', async () => {
    const changes = [
      ['path: data/legislators', 'path: data/campaign-finance'],
      [/(dataset:legislators[\s\S]*?)sensitivity: confidential/, '$1sensitivity: internal'],
    ] as const;
    for (const [from, to] of changes) {
      const request = await ask(world, 'ana', LEGISLATORS);
      expect((await approve(world, 'jo', request.id)).state).toBe('approved');
      edit('catalog.yaml', from, to);
      await reload();
      const ana = await world.as('ana');
      expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
      expect(expectOk(await ana.request(request.id))).toMatchObject({ state: 'denied', closeCode: 'resource_changed' });
    }
  });

  it('survives a change of what a resource is called', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'jo', request.id);
    edit('catalog.yaml', 'name: Members of the US Congress', 'name: Congress');
    await reload();
    expectOk(await (await world.as('ana')).collect(request.id, newKey()));
  });

  it('of a resource that left the catalog, or lost an action that was asked for, gives nothing', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    const waiting = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'jo', request.id);
    edit('catalog.yaml', /      read_pii:\n(?:        .*\n)+/, '');
    await reload();
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    const answered = await approve(world, 'jo', waiting.id);
    expect(answered).toMatchObject({ state: 'denied', closeCode: 'resource_changed' });
  });
});

describe('policy that was tightened', () => {
  it('after an approval denies at collect, whoever approved', async () => {
    const request = await ask(world, 'ana', WEATHER);
    expect(request.state).toBe('approved');
    edit('policies/guards.cedar', 'when { resource.sensitivity >= 2 }', 'when { resource.sensitivity >= 1 }');
    await reload();
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'denied_by_policy' } });
    const [closed] = (await storyOf(world, request.id)).slice(-1);
    expect(closed).toMatchObject({ kind: 'request.closed', failed: true });
  });

  it('so that nothing lifts it any more denies at the next answer', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    edit('policies/caps.cedar', 'context.total > duration("8h")', 'context.total > duration("1m")');
    await reload();
    expect(await approve(world, 'jo', request.id)).toMatchObject({ state: 'denied' });
  });

  it('does not end what was issued before', async () => {
    const held = await hold(world, 'ana', WEATHER);
    edit('policies/guards.cedar', 'when { resource.sensitivity >= 2 }', 'when { resource.sensitivity >= 1 }');
    await reload();
    expect(await use(world, held.credential, 'dataset:weather')).toBe(200);
  });
});

describe('a reload that is not valid', () => {
  it('is refused and recorded, and everything stays as it was', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'jo', request.id);
    const held = await hold(world, 'ana', PENGUINS);
    edit('policies/guards.cedar', 'resource.sensitivity >= 2', 'resource.sensitivty >= 2');
    expect(await world.broker().reload()).toMatchObject({ ok: false });
    edit('catalog.yaml', 'sensitivity: confidential', 'sensitivity: secret');
    expect(await world.broker().reload()).toMatchObject({ ok: false });
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(200);
    expectOk(await (await world.as('ana')).collect(request.id, newKey()));
    const refused = (await readLedger(world)).filter(({ kind }) => kind === 'config.refused');
<<<<<<< HEAD
    expect(refused.map(({ data }) => data['part']).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      'catalog',
      'policies',
    ]);
=======
    expect(refused.map(({ data }) => data['part'])).toEqual(['policies', 'catalog']);
>>>>>>> machines
  });
});

describe('somebody who left the directory', () => {
  it('holds nothing after the next start, and their grants end as such', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const other = await hold(world, 'max', PENGUINS);
    await restartWith(CONFIG.replace(/^.*name: ana,.*\n/m, ''));
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    expect(await use(world, other.credential, 'dataset:penguins')).toBe(200);
    const story = await storyOf(world, held.request.id);
    expect(kindsOf(story)).toContain('grant.ended');
    expect(story.find(({ kind }) => kind === 'grant.ended')?.data).toMatchObject({ reason: 'subject_disabled' });
  });

  it('cannot be answered for any more', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await restartWith(CONFIG.replace(/^.*name: ana,.*\n/m, ''));
    const jo = await world.as('jo');
    const answer = await jo.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash });
    expect(answer).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });
});

describe('what people wrote', () => {
  it('is in no record in clear, and no record has a credential', async () => {
    const words = { justification: 'Zebra crossing study', ticket: 'OKAPI-77' };
    const held = await hold(world, 'ana', { ...LEGISLATORS, ...words }, ['jo']);
    const rejected = await ask(world, 'ana', { ...LEGISLATORS, ...words });
    const jo = await world.as('jo');
    expectOk(
      await jo.answer(rejected.id, { answer: 'reject', scopeHash: rejected.scopeHash, reason: 'Quagga reasons' }),
    );
    expectOk(await jo.revoke(held.grant.id, 'Tapir alarm'));
    const all = (await readLedger(world)).map(({ text }) => text).join('\n');
    for (const secret of ['Zebra', 'OKAPI', 'Quagga', 'Tapir', held.credential.secret, 'Ana Lima', 'Jo Berg'])
      expect(all).not.toContain(secret);
    const sealed = (await readLedger(world)).filter((entry) => entry.sealed).map(({ kind }) => kind);
    expect(sealed.sort()).toEqual(['approval.answered', 'grant.revoking', 'request.submitted', 'request.submitted']);
  });

  it('is seen of the own records by their owner, and of all by an admin', async () => {
    await hold(world, 'ana', PENGUINS);
    await hold(world, 'max', PENGUINS);
    await world.broker().ledger.settled();
    const ana = await world.as('ana');
    const { subject } = expectOk(await ana.me());
    const mine = expectOk(await ana.records({ limit: 1000 })).records;
    expect(mine.length).toBeGreaterThan(0);
    for (const { record } of mine) expect(record).toMatchObject({ unmapped: { subject } });
  });
});
