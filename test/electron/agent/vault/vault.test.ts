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

const kinds = async (): Promise<string[]> => (await w.records()).map((record) => record.kind);
const tokens = (): string[] =>
  [...w.keychain.items].filter(([account]) => account.startsWith('copy:')).map(([, bytes]) => bytes.toString('utf8'));

describe('a check-out', () => {
  it('brings the token into the keychain, with the intent on record before it was asked for', async () => {
    const order = await w.approved();
    let recordsAtCollect: string[] = [];
    const collect: typeof order.client.collect = async (...args) => {
      recordsAtCollect = await kinds();
      return await order.client.collect(...args);
    };
    const copy = expectOk(await w.vault().checkOut({ ...order, client: { ...order.client, collect } }));
    expect(recordsAtCollect).toEqual(['copy.intended']);
    expect(await kinds()).toEqual(['copy.intended', 'copy.stored']);
    expect(copy).toMatchObject({ state: 'stored', heldIn: 'keychain', user: 'ana', clipboardUntilMs: null });
    expect(copy.issued?.endsAtMs).toBe(w.world.clock.now() + HOUR_MS);
    expect(tokens()).toHaveLength(1);
    expect(w.keychain.items.get(`copy:${copy.collectId}`)?.toString().split('.')).toHaveLength(3);
    expect(w.vault().copies()).toEqual([copy]);
  });

  it('is wiped at its deadline, checked and recorded with its lag', async () => {
    const copy = expectOk(await w.vault().checkOut(await w.approved(10 * MINUTE_MS)));
    await w.pass(10 * MINUTE_MS - 1);
    expect(tokens()).toHaveLength(1);
    await w.pass(1);
    await expect.poll(() => w.vault().copies()).toEqual([]);
    expect(tokens()).toEqual([]);
    const done = (await w.records()).at(-1);
    expect(done).toMatchObject({
      kind: 'wipe.done',
      grantId: copy.issued?.grantId,
      data: { reason: 'expired', lagMs: 0, checked: true, timeBounded: null },
    });
    expect(await kinds()).toEqual(['copy.intended', 'copy.stored', 'wipe.started', 'wipe.done']);
    expect(w.deadlines().count()).toBe(0);
    expect(w.timers.pending()).toBe(0);
  });

  it('asked for twice at once is one', async () => {
    const order = await w.approved();
    const [one, other] = await Promise.all([w.vault().checkOut(order), w.vault().checkOut(order)]);
    expect(expectOk(one).collectId).toBe(expectOk(other).collectId);
    expect(await kinds()).toEqual(['copy.intended', 'copy.stored']);
  });
});

describe('copying the token', () => {
  it('puts it on the clipboard, concealed, and takes it away after its time', async () => {
    const copy = expectOk(await w.vault().checkOut(await w.approved()));
    const { clearedAtMs } = expectOk(await w.vault().copyToken(copy.collectId, 30 * SECOND_MS));
    expect(clearedAtMs).toBe(w.world.clock.now() + 30 * SECOND_MS);
    expect(w.clipboard.text).toBe(tokens()[0]);
    expect(w.clipboard.concealed).toBe(true);
    expect(w.vault().copies()[0]?.clipboardUntilMs).toBe(clearedAtMs);
    await w.pass(30 * SECOND_MS);
    await expect.poll(() => w.vault().copies()[0]?.clipboardUntilMs).toBeNull();
    expect(w.clipboard.text).toBeNull();
    expect((await w.records()).at(-1)).toMatchObject({ kind: 'clipboard.cleared', data: { held: 'ours' } });
  });
});
