import { describe, expect, it } from 'vitest';
import { MAX_RECORDS_A_STEP } from '#broker/ledger/sequence-intake.ts';
import { startSequencer } from '#broker/ledger/sequencer.ts';
import type { Head } from '#broker/ledger/head.ts';
import { openLedgerStore } from './open-test-ledger.ts';

const headOf = (size: number): Head => ({ frontier: { size, peaks: [] }, checkpoint: null });
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('settled', () => {
  it('waits for a step that began after the call, not for one that was under way', async () => {
    const store = await openLedgerStore();
    const gates: (() => void)[] = [];
    // Each step waits for its gate and then says that it sequenced one record.
    const sequencer = startSequencer({
      store,
      head: headOf(0),
      step: async (_tx, head) => {
        await new Promise<void>((resolve) => gates.push(resolve));
        return { head: headOf(head.frontier.size + 1), sequenced: 1 };
      },
      reload: () => Promise.resolve(headOf(0)),
      onTrouble: () => {},
    });
    await tick();
    sequencer.wake();
    let size: number | null = null;
    const settled = sequencer.settled().then((value) => (size = value));
    gates[0]?.();
    await tick();
    expect(size).toBeNull();
    gates[1]?.();
    expect(await settled).toBe(2);
    await sequencer.close();
    await store.close();
  });

  it('waits until a full step was followed by one that found the rest', async () => {
    const store = await openLedgerStore();
    const found = [MAX_RECORDS_A_STEP, 3];
    const sequencer = startSequencer({
      store,
      head: headOf(0),
      step: (_tx, head) => {
        const sequenced = found.shift() ?? 0;
        return Promise.resolve({ head: headOf(head.frontier.size + sequenced), sequenced });
      },
      reload: () => Promise.resolve(headOf(0)),
      onTrouble: () => {},
    });
    expect(await sequencer.settled()).toBe(MAX_RECORDS_A_STEP + 3);
    await sequencer.close();
    await store.close();
  });
});
