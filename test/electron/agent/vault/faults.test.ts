import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeychainProblem } from '#electron/agent/keychain-port.ts';
import type { LocalCopy } from '#electron/agent/vault/vault.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import type { KeychainCallName } from '#test/support/hand-keychain.ts';
import { openVaultWorld, type VaultWorld } from '#test/support/vault-world.ts';

let w: VaultWorld;
beforeEach(async () => {
  w = await openVaultWorld();
});
afterEach(async () => {
  await w.close();
});

const kinds = async (): Promise<string[]> => (await w.records()).map((record) => record.kind);
const items = (): string[] => [...w.keychain.items.keys()].filter((account) => account.startsWith('copy:'));
const states = (): string[] =>
  w
    .vault()
    .copies()
    .map((copy) => copy.state);
const stored = async (durationMs = HOUR_MS): Promise<LocalCopy> =>
  expectOk(await w.vault().checkOut(await w.approved(durationMs)));
const failOnce = (name: KeychainCallName, problem: KeychainProblem): void => {
  w.keychain.before = (call, account) => {
    if (call !== name || !account.startsWith('copy:')) return null;
    w.keychain.before = () => null;
    return problem;
  };
};

describe('a check-out that meets trouble', () => {
  it('asks nothing of the broker without a keychain, and keeps it in memory when the person agreed to that', async () => {
    w.keychain.problem = 'none';
    const order = await w.approved();
    expect(await w.vault().checkOut(order)).toEqual({ ok: false, error: { code: 'keychain', problem: 'none' } });
    expect(await kinds()).toEqual([]);
    const copy = expectOk(await w.vault().checkOut({ ...order, allowMemory: true }));
    expect(copy.heldIn).toBe('memory');
    expectOk(await w.vault().copyToken(copy.collectId, SECOND_MS));
    expect(w.clipboard.text?.split('.')).toHaveLength(3);
    await w.pass(HOUR_MS);
    await expect.poll(states).toEqual([]);
    expect(w.clipboard.text).toBeNull();
  });

  it('asks nothing of the broker while the keychain is locked, even if memory would do', async () => {
    w.keychain.problem = 'locked';
    const order = await w.approved(HOUR_MS, { allowMemory: true });
    expect(await w.vault().checkOut(order)).toMatchObject({ error: { code: 'keychain', problem: 'locked' } });
    expect(await kinds()).toEqual([]);
  });

  it('asks nothing of the broker when the intent cannot be recorded', async () => {
    const order = await w.approved();
    w.disk.writes = 'full';
    expect(await w.vault().checkOut(order)).toEqual({ ok: false, error: { code: 'not_recorded' } });
    w.disk.writes = 'well';
    expect(expectOk(await w.ana.request(order.requestId)).state).toBe('approved');
    expect(states()).toEqual([]);
  });

  it('goes on with the same collect id when the answer was lost', async () => {
    const order = await w.approved();
    const collect: typeof order.client.collect = async (...args) => {
      await order.client.collect(...args);
      throw new Error('the connection broke');
    };
    const cut = { ...order, client: { ...order.client, collect } };
    expect(await w.vault().checkOut(cut)).toEqual({ ok: false, error: { code: 'interrupted' } });
    expect(states()).toEqual(['intended']);
    const intended = w.vault().copies()[0]?.collectId;
    const copy = expectOk(await w.vault().checkOut(order));
    expect(copy.collectId).toBe(intended);
    expect(await kinds()).toEqual(['copy.intended', 'copy.stored']);
  });

  it('leaves nothing but its record when the broker refuses', async () => {
    const order = await w.approved();
    expectOk(await w.ana.withdraw(order.requestId));
    expect(await w.vault().checkOut(order)).toMatchObject({
      error: { code: 'refused', problem: { code: 'state_conflict' } },
    });
    expect(await kinds()).toEqual(['copy.intended', 'copy.abandoned']);
    expect(states()).toEqual([]);
  });

  it('keeps its intent when the keychain fails after the broker answered, and succeeds later to the same end', async () => {
    const order = await w.approved();
    failOnce('set', 'locked');
    expect(await w.vault().checkOut(order)).toEqual({ ok: false, error: { code: 'keychain', problem: 'locked' } });
    expect(items()).toEqual([]);
    expect(states()).toEqual(['intended']);
    const endsAtMs = w.world.clock.now() + HOUR_MS;
    await w.pass(5 * MINUTE_MS);
    expect(expectOk(await w.vault().checkOut(order)).issued?.endsAtMs).toBe(endsAtMs);
  });

  it('takes the credential out of the keychain again when it cannot be marked as stored', async () => {
    const order = await w.approved();
    const { set } = w.keychain;
    const failing: typeof set = async (account, bytes) => {
      const done = await set(account, bytes);
      if (account.startsWith('copy:')) w.disk.writes = 'full';
      return done;
    };
    Object.assign(w.keychain, { set: failing });
    expect(await w.vault().checkOut(order)).toEqual({ ok: false, error: { code: 'interrupted' } });
    expect(items()).toEqual([]);
    w.disk.writes = 'well';
    Object.assign(w.keychain, { set });
    expectOk(await w.vault().checkOut(order));
    expect(await kinds()).toEqual(['copy.intended', 'copy.stored']);
  });

  it('stores nothing when a wipe came while the broker was asked', async () => {
    const order = await w.approved();
    const collect: typeof order.client.collect = async (...args) => {
      const answer = await order.client.collect(...args);
      await w.vault().wipeAll('locked');
      return answer;
    };
    const checkedOut = await w.vault().checkOut({ ...order, client: { ...order.client, collect } });
    expect(checkedOut).toEqual({ ok: false, error: { code: 'interrupted' } });
    expect(items()).toEqual([]);
    expect(await kinds()).toEqual(['copy.intended', 'copy.abandoned']);
  });

  it('leaves nothing when a wipe comes while the keychain is written', async () => {
    const order = await w.approved();
    let wiped: Promise<unknown> = Promise.resolve();
    w.keychain.before = (call, account) => {
      if (call === 'set' && account.startsWith('copy:')) wiped = w.vault().wipeAll('locked');
      return null;
    };
    await w.vault().checkOut(order);
    await wiped;
    expect(items()).toEqual([]);
    expect(states()).toEqual([]);
  });
});

describe('a wipe that meets trouble', () => {
  it.each(['failed', 'locked', 'none'] as const)(
    'stays visible while the keychain is %s, and is tried until it is done',
    async (problem) => {
      const copy = await stored(10 * MINUTE_MS);
      w.keychain.problem = problem;
      await w.pass(10 * MINUTE_MS);
      await expect.poll(states).toEqual(['wipe_failed']);
      expect(w.vault().copies()[0]?.wipe).toMatchObject({ reason: 'expired', problem });
      await w.pass(HOUR_MS);
      expect(states()).toEqual(['wipe_failed']);
      expect(items()).toHaveLength(1);
      w.keychain.problem = null;
      await w.vault().recheck();
      expect(states()).toEqual([]);
      expect(items()).toEqual([]);
      expect((await w.records()).at(-1)).toMatchObject({
        kind: 'wipe.done',
        grantId: copy.issued?.grantId,
        data: { reason: 'expired', lagMs: HOUR_MS },
      });
      expect(w.deadlines().count()).toBe(0);
    },
  );

  it('is tried again by itself', async () => {
    await stored(10 * MINUTE_MS);
    failOnce('remove', 'failed');
    await w.pass(10 * MINUTE_MS);
    await expect.poll(states).toEqual(['wipe_failed']);
    await expect
      .poll(async () => {
        await w.pass(MINUTE_MS);
        return states();
      })
      .toEqual([]);
    expect(await kinds()).toEqual([
      'copy.intended',
      'copy.stored',
      'wipe.started',
      'wipe.failed',
      'wipe.started',
      'wipe.done',
    ]);
  });

  it('deletes though nothing can be written, refuses every use meanwhile, and records it when it can', async () => {
    const copy = await stored(10 * MINUTE_MS);
    w.disk.writes = 'full';
    await w.pass(10 * MINUTE_MS);
    await expect.poll(items).toEqual([]);
    expect(states()).toEqual(['wiping']);
    expect(await w.vault().copyToken(copy.collectId, SECOND_MS)).toEqual({ ok: false, error: { code: 'not_active' } });
    w.disk.writes = 'well';
    await expect
      .poll(async () => {
        await w.pass(SECOND_MS);
        return states();
      })
      .toEqual([]);
    const done = (await w.records()).at(-1);
    expect(done).toMatchObject({ kind: 'wipe.done', data: { reason: 'expired', lagMs: 0, timeBounded: null } });
  });

  it('that could not be recorded before the program ended is reconstructed with the times it lies between', async () => {
    const copy = await stored(10 * MINUTE_MS);
    w.disk.writes = 'full';
    await w.pass(10 * MINUTE_MS);
    await expect.poll(items).toEqual([]);
    w.disk.writes = 'well';
    await w.pass(0);
    w.world.clock.advance(HOUR_MS);
    await w.restart();
    expect(states()).toEqual([]);
    const endsAtMs = copy.issued?.endsAtMs ?? 0;
    expect((await w.records()).at(-1)).toMatchObject({
      kind: 'wipe.done',
      data: { reason: 'expired', timeBounded: { notBeforeMs: endsAtMs, notAfterMs: w.world.clock.now() } },
    });
    expect((await kinds()).filter((kind) => kind === 'wipe.done')).toHaveLength(1);
  });

  it('that cannot be recorded is tried again with pauses that grow, and told once', async () => {
    await stored(10 * MINUTE_MS);
    w.disk.writes = 'full';
    await w.pass(10 * MINUTE_MS);
    await expect.poll(items).toEqual([]);
    expect(w.vault().copies()).toMatchObject([{ state: 'wiping', wipe: { reason: 'expired', lagMs: 0 } }]);
    const tries = (): number => w.keychain.calls.filter(({ call }) => call === 'remove').length;
    const before = tries();
    for (let second = 0; second < 3600; second += 5) await w.pass(5 * SECOND_MS);
    // 1, 2, 4 … 256 s, then every 5 minutes.
    expect(tries() - before).toBeGreaterThan(12);
    expect(tries() - before).toBeLessThan(25);
    expect(w.logged.filter((line) => line.startsWith('vault.not_recorded'))).toHaveLength(1);
    w.disk.writes = 'well';
    await w.pass(5 * MINUTE_MS);
    await expect.poll(states).toEqual([]);
    expect((await w.records()).at(-1)).toMatchObject({ kind: 'wipe.done', data: { reason: 'expired', lagMs: 0 } });
  });

  it('of what is gone, or was never there, is a success and no record', async () => {
    const copy = await stored();
    expectOk(await w.vault().wipe(copy.collectId, 'released'));
    const before = await kinds();
    expectOk(await w.vault().wipe(copy.collectId, 'released'));
    expectOk(await w.vault().wipe('never-there', 'released'));
    expect(await kinds()).toEqual(before);
  });

  it('of everything ends all, and counts what could not be', async () => {
    await stored();
    await stored();
    const third = await stored();
    w.keychain.before = (call, account) =>
      call === 'remove' && account === `copy:${third.collectId}` ? 'failed' : null;
    expect(await w.vault().wipeAll('signed_out')).toEqual({ wiped: 2, failed: 1 });
    expect(items()).toEqual([`copy:${third.collectId}`]);
  });
});

describe('the clipboard', () => {
  it('is left alone when it holds something else by then', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    w.clipboard.text = 'the words of the person';
    await w.pass(30 * SECOND_MS);
    await expect.poll(() => w.vault().copies()[0]?.clipboardUntilMs).toBeNull();
    expect(w.clipboard.text).toBe('the words of the person');
    expect((await w.records()).at(-1)).toMatchObject({ kind: 'clipboard.cleared', data: { held: 'other' } });
  });

  it('goes with the wipe', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, HOUR_MS));
    expectOk(await w.vault().wipe(copy.collectId, 'released'));
    expect(w.clipboard.text).toBeNull();
  });

  it('is swept at the next start, by the hash alone', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    await w.restart();
    expect(w.clipboard.text).toBeNull();
    expect(states()).toEqual(['stored']);
  });

  it('is swept at the next start only if it is ours, also by length', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    const other = 'x'.repeat(w.clipboard.text?.length ?? 0);
    w.clipboard.text = other;
    await w.restart();
    expect(w.clipboard.text).toBe(other);
  });

  it('is swept when the keychain opens, if it was locked at the start', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    w.keychain.problem = 'locked';
    await w.restart();
    expect(w.clipboard.text).not.toBeNull();
    w.keychain.problem = null;
    await w.vault().recheck();
    expect(w.clipboard.text).toBeNull();
  });

  it('that cannot be cleared stays visible, is recorded once, and is tried again', async () => {
    const copy = await stored();
    expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    w.clipboard.failing = 'clear';
    await w.pass(MINUTE_MS);
    expect(w.vault().copies()[0]?.clipboardUntilMs).not.toBeNull();
    w.clipboard.failing = 'nothing';
    await expect
      .poll(async () => {
        await w.pass(5 * SECOND_MS);
        return w.clipboard.text;
      })
      .toBeNull();
    expect((await kinds()).filter((kind) => kind === 'clipboard.clear_failed')).toHaveLength(1);
  });

  it('is not touched when the copy cannot be recorded', async () => {
    const copy = await stored();
    w.disk.writes = 'full';
    expect(await w.vault().copyToken(copy.collectId, SECOND_MS)).toEqual({
      ok: false,
      error: { code: 'not_recorded' },
    });
    expect(w.clipboard.text).toBeNull();
  });

  it('that cannot be written is a refusal, and the token is in no log', async () => {
    const copy = await stored();
    w.clipboard.failing = 'write';
    expect(await w.vault().copyToken(copy.collectId, SECOND_MS)).toEqual({
      ok: false,
      error: { code: 'clipboard_failed' },
    });
    const token = w.keychain.items.get(`copy:${copy.collectId}`)?.toString() ?? '';
    expect(w.logged.join('\n')).not.toContain(token);
  });

  it('loses the token again when a wipe ran while it was written', async () => {
    const copy = await stored();
    const { write } = w.clipboard;
    Object.assign(w.clipboard, {
      write: async (...args: Parameters<typeof write>) => {
        expectOk(await w.vault().wipe(copy.collectId, 'released'));
        await write(...args);
      },
    });
    expect(await w.vault().copyToken(copy.collectId, HOUR_MS)).toEqual({ ok: false, error: { code: 'not_active' } });
    expect(w.clipboard.text).toBeNull();
  });
});

describe('a start', () => {
  it('wipes what is overdue before it resolves, and keeps what is not', async () => {
    await stored(10 * MINUTE_MS);
    const kept = await stored(5 * HOUR_MS);
    await w.restart({ recover: false });
    w.world.clock.advance(HOUR_MS);
    await w.vault().recover();
    expect(items()).toEqual([`copy:${kept.collectId}`]);
    expect((await w.records()).at(-1)).toMatchObject({ kind: 'wipe.done', data: { lagMs: 50 * MINUTE_MS } });
    await w.pass(5 * HOUR_MS);
    await expect.poll(items).toEqual([]);
  });

  it('shows what it could not wipe behind a locked keychain, and finishes at the unlock', async () => {
    await stored(10 * MINUTE_MS);
    await w.restart({ recover: false });
    w.world.clock.advance(HOUR_MS);
    w.keychain.problem = 'locked';
    await w.vault().recover();
    expect(states()).toEqual(['wipe_failed']);
    expect(w.vault().copies()[0]?.wipe?.problem).toBe('locked');
    w.keychain.problem = null;
    await w.pass(15 * SECOND_MS);
    await expect.poll(items).toEqual([]);
    await expect.poll(states).toEqual([]);
  });

  it('deletes items that no record speaks of, and leaves those of others', async () => {
    w.keychain.items.set('copy:unknown', Buffer.from('a token'));
    w.keychain.items.set('device-key', Buffer.from('a key'));
    await w.restart();
    expect(w.keychain.items.has('copy:unknown')).toBe(false);
    expect(w.keychain.items.has('device-key')).toBe(true);
    expect((await w.records()).at(-1)).toMatchObject({ kind: 'wipe.done', data: { reason: 'unknown_copy' } });
  });

  it('says that a copy is missing which the keychain lost', async () => {
    const copy = await stored();
    w.keychain.items.delete(`copy:${copy.collectId}`);
    await w.restart();
    expect(states()).toEqual(['missing']);
    expect((await kinds()).at(-1)).toBe('copy.missing');
    expectOk(await w.vault().wipe(copy.collectId, 'released'));
    expect(states()).toEqual([]);
  });

  it('says that a copy is missing which was in memory', async () => {
    w.keychain.problem = 'none';
    expectOk(await w.vault().checkOut(await w.approved(HOUR_MS, { allowMemory: true })));
    await w.restart();
    expect(states()).toEqual(['missing']);
  });

  it('gives up an intent after a day', async () => {
    const order = await w.approved();
    const collect = (): Promise<never> => Promise.reject(new Error('offline'));
    await w.vault().checkOut({ ...order, client: { ...order.client, collect } });
    await w.restart();
    expect(states()).toEqual(['intended']);
    w.world.clock.advance(25 * HOUR_MS);
    await w.restart();
    expect(states()).toEqual([]);
    expect((await kinds()).at(-1)).toBe('copy.abandoned');
  });

  it('goes through on a disk that is full: what is overdue is deleted', async () => {
    await stored(10 * MINUTE_MS);
    await w.restart({ recover: false });
    w.world.clock.advance(HOUR_MS);
    w.disk.writes = 'full';
    await w.vault().recover();
    expect(items()).toEqual([]);
    expect(states()).toEqual(['wiping']);
    w.disk.writes = 'well';
    await w.vault().recheck();
    expect(states()).toEqual([]);
  });
});

it('a start wipes what is overdue while the clipboard hangs', async () => {
  const copy = await stored(10 * MINUTE_MS);
  await stored(HOUR_MS);
  expectOk(await w.vault().copyToken(w.vault().copies()[1]?.collectId ?? '', MINUTE_MS));
  w.world.clock.advance(10 * MINUTE_MS);
  await w.restart({ recover: false });
  let comeBack: (text: string | null) => void = () => undefined;
  const { read } = w.clipboard;
  Object.assign(w.clipboard, { read: () => new Promise<string | null>((resolve) => (comeBack = resolve)) });
  const recovering = w.vault().recover();
  await expect.poll(items).not.toContain(`copy:${copy.collectId}`);
  Object.assign(w.clipboard, { read });
  comeBack(null);
  await recovering;
});

it('an item without a record that would not go is tried again, and on record once', async () => {
  await w.restart({ recover: false });
  w.keychain.items.set('copy:unknown', Buffer.from('secret'));
  w.keychain.before = (call) => (call === 'remove' ? 'failed' : null);
  await w.vault().recover();
  for (let tries = 0; tries < 3; tries += 1) await w.pass(5 * SECOND_MS);
  expect(items()).toEqual(['copy:unknown']);
  expect(await kinds()).toEqual(['wipe.failed']);
  w.keychain.before = () => null;
  await w.pass(5 * SECOND_MS);
  await expect.poll(items).toEqual([]);
  await expect.poll(kinds).toEqual(['wipe.failed', 'wipe.done']);
});

it('an extension replaces the copy that it extends', async () => {
  const first = await stored();
  const extended = expectOk(
    await w.ana.submit(
      {
        resource: first.resource,
        actions: ['read'],
        purpose: 'evaluation',
        durationMs: HOUR_MS,
        extends: first.issued?.grantId ?? '',
      },
      'extension-of-this-test',
    ),
  );
  const order = { ...(await w.approved()), requestId: extended.id };
  const second = expectOk(await w.vault().checkOut(order));
  expect(second.issued?.extendsGrant).toBe(first.issued?.grantId);
  expect(items()).toEqual([`copy:${second.collectId}`]);
  expect((await w.records()).at(-1)).toMatchObject({ kind: 'wipe.done', data: { reason: 'replaced' } });
});

it('a grant that ends sooner is wiped sooner, and never later than its credential', async () => {
  const copy = await stored(HOUR_MS);
  await w.vault().endsAt(copy.collectId, w.world.clock.now() + 10 * HOUR_MS);
  expect(w.vault().copies()[0]?.issued?.endsAtMs).toBe(copy.issued?.endsAtMs);
  await w.vault().endsAt(copy.collectId, w.world.clock.now() + MINUTE_MS);
  await w.pass(MINUTE_MS);
  await expect.poll(states).toEqual([]);
});

it('the token is in no file of the data folder and in no log', async () => {
  const copy = await stored();
  const token = w.keychain.items.get(`copy:${copy.collectId}`)?.toString('utf8') ?? '';
  expectOk(await w.vault().copyToken(copy.collectId, SECOND_MS));
  expectOk(await w.vault().wipe(copy.collectId, 'released'));
  await stored();
  const signature = token.split('.')[2] ?? '';
  expect(signature.length).toBeGreaterThan(60);
  for (const folder of [w.folder, join(w.world.folder, 'state')])
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file));
      expect(bytes.includes(token), file).toBe(false);
      expect(bytes.includes(signature), file).toBe(false);
    }
  expect(w.logged.join('\n')).not.toContain(signature);
});
