import { describe, expect, it } from 'vitest';
import { MAX_RECORDS_A_STEP } from '#shared/log/sequence-intake.ts';
import { startSequencer } from '#shared/log/sequencer.ts';
import type { Head } from '#shared/log/head.ts';
import { openLedgerStore } from '#test/broker/ledger/open-test-ledger.ts';

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
      others: null,
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
      others: null,
      onTrouble: () => {},
    });
    expect(await sequencer.settled()).toBe(MAX_RECORDS_A_STEP + 3);
    await sequencer.close();
    await store.close();
  });
});

describe('the distance between steps', () => {
  it('gathers what comes after a step, and is cut short by whoever waits', async () => {
    const store = await openLedgerStore();
    let steps = 0;
    const sequencer = startSequencer({
      store,
      head: headOf(0),
      step: (_tx, head) => {
        steps += 1;
        return Promise.resolve({ head: headOf(head.frontier.size + 1), sequenced: 1 });
      },
      reload: () => Promise.resolve(headOf(0)),
      others: null,
      onTrouble: () => {},
    });
    await tick();
    expect(steps).toBe(1);
    sequencer.wake();
    await expect.poll(() => steps, { interval: 0 }).toBe(2);
    // Within the pause after that step: all of them are one step's work.
    for (let event = 0; event < 20; event += 1) {
      sequencer.wake();
      await Promise.resolve();
    }
    expect(steps).toBe(2);
    await sequencer.caughtUp();
    expect(steps).toBe(3);
    await sequencer.close();
    await store.close();
  });
});

describe('caughtUp', () => {
  it('gives up after an attempt that failed, while settled waits for one that works', async () => {
    const store = await openLedgerStore();
    let works = false;
    const sequencer = startSequencer({
      store,
      head: headOf(0),
      step: (_tx, head) => {
        if (!works) throw new Error('no disk');
        return Promise.resolve({ head, sequenced: 0 });
      },
      reload: () => Promise.resolve(headOf(0)),
      others: null,
      onTrouble: () => {},
    });
    let isSettled = false;
    const settled = sequencer.settled().then(() => (isSettled = true));
    await sequencer.caughtUp();
    expect(isSettled).toBe(false);
    works = true;
    await settled;
    await sequencer.close();
    await expect(sequencer.caughtUp()).resolves.toBeUndefined();
    await store.close();
  });
});
