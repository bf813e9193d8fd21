import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { openVaultWorld, type VaultWorld } from '#test/support/vault-world.ts';

let w: VaultWorld;
beforeEach(async () => {
  w = await openVaultWorld();
});
afterEach(async () => {
  await w.close();
});

const items = (): string[] => [...w.keychain.items.keys()].filter((account) => account.startsWith('copy:'));
const stored = async () => expectOk(await w.vault().checkOut(await w.approved()));

describe('everything is wiped', () => {
  it('also what is about to be intended: nothing is asked for after that', async () => {
    let collects = 0;
    const order = await w.approved();
    const collect: typeof order.client.collect = async (...args) => {
      collects += 1;
      return await order.client.collect(...args);
    };
    const wiping: Promise<unknown>[] = [];
    w.keychain.before = (call) => {
      // As a screen that is locked while the keychain still asks for its password.
      if (call === 'ready' && wiping.length === 0) wiping.push(w.vault().wipeAll('locked'));
      return null;
    };
    const done = await w.vault().checkOut({ ...order, client: { ...order.client, collect } });
    await Promise.all(wiping);
    expect(done).toEqual({ ok: false, error: { code: 'interrupted' } });
    expect(collects).toBe(0);
    expect(items()).toEqual([]);
    expect(w.vault().copies()).toEqual([]);
    expect((await w.records()).map(({ kind }) => kind)).toEqual(['copy.intended', 'copy.abandoned']);
  });

  it('for leaving, and nothing begins after it', async () => {
    const order = await w.approved();
    await w.vault().wipeAll('quit');
    expect(await w.vault().checkOut(order)).toEqual({ ok: false, error: { code: 'interrupted' } });
    expect(await w.records()).toEqual([]);
  });
});

describe('leaving', () => {
  it('takes the token off the clipboard also where credentials are kept', async () => {
    const { collectId } = await stored();
    expectOk(await w.vault().copyToken(collectId, 5 * MINUTE_MS));
    await w.vault().close();
    expect(w.clipboard.text).toBeNull();
    expect(items()).toEqual([`copy:${collectId}`]);
  });

  it('leaves on the clipboard what somebody else put there', async () => {
    const { collectId } = await stored();
    expectOk(await w.vault().copyToken(collectId, 5 * MINUTE_MS));
    w.clipboard.text = 'a shopping list';
    await w.vault().close();
    expect(w.clipboard.text).toBe('a shopping list');
  });
});

describe('a copy that the keychain lost', () => {
  it('takes its token off the clipboard when it is put away, and out of a keychain that has it again', async () => {
    const { collectId } = await stored();
    expectOk(await w.vault().copyToken(collectId, 5 * MINUTE_MS));
    const account = `copy:${collectId}`;
    const bytes = w.keychain.items.get(account) ?? Buffer.alloc(0);
    w.keychain.items.delete(account);
    expect(await w.vault().copyToken(collectId, SECOND_MS)).toMatchObject({ error: { code: 'missing' } });
    w.keychain.items.set(account, bytes);
    expectOk(await w.vault().wipe(collectId, 'released'));
    expect(w.clipboard.text).toBeNull();
    expect(items()).toEqual([]);
    expect(w.vault().copies()).toEqual([]);
  });

  it('is put away at its end only when a locked keychain could be looked at', async () => {
    const { collectId } = await stored();
    w.keychain.items.delete(`copy:${collectId}`);
    expect(await w.vault().copyToken(collectId, SECOND_MS)).toMatchObject({ error: { code: 'missing' } });
    w.keychain.problem = 'locked';
    await w.pass(HOUR_MS);
    expect(
      w
        .vault()
        .copies()
        .map(({ state }) => state),
    ).toEqual(['missing']);
    w.keychain.problem = null;
    await w.pass(10 * SECOND_MS);
    await expect.poll(() => w.vault().copies()).toEqual([]);
  });
});
