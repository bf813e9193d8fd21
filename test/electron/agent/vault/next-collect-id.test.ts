import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createNextCollectId } from '#electron/agent/vault/next-collect-id.ts';

function make(): { readonly ids: ReturnType<typeof createNextCollectId>; readonly prepared: string[] } {
  const prepared: string[] = [];
  return { ids: createNextCollectId({ prepare: async (id) => void prepared.push(id) }), prepared };
}

describe('the next collect id', () => {
  it('is the one that the keychain was made ready for, and is never given twice', async () => {
    const { ids, prepared } = make();
    await ids.prepare();
    const first = ids.take();
    expect(prepared).toEqual([first]);
    const second = ids.take();
    expect(second).not.toBe(first);
    await ids.prepare();
    expect(prepared).toEqual([first, ids.take()]);
    expect(new Set([...prepared, second]).size).toBe(3);
  });

  it('is made ready once, however often it is asked for', async () => {
    const { ids, prepared } = make();
    await Promise.all([ids.prepare(), ids.prepare()]);
    await ids.prepare();
    expect(prepared).toHaveLength(1);
  });

  it('is given at once when it was drawn and not made ready yet', async () => {
    const { ids, prepared } = make();
    const preparing = ids.prepare();
    const taken = ids.take();
    expect(taken).toMatch(/^[\w-]{22}$/);
    await preparing;
    await nextTurn();
    expect(prepared).toEqual([]);
  });
});
