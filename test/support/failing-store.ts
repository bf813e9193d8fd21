// A real store whose disk can be told to fail: transactions throw before they begin, reads throw as they are asked.
import type { BrokerStore } from '#broker/store.ts';

export type Disk = { writes: 'well' | 'full'; reads: 'well' | 'lost' };

/** Everything goes to the store itself while the disk is well. */
export function onDisk(store: BrokerStore, disk: Disk): BrokerStore {
  return {
    get read() {
      if (disk.reads === 'lost') throw new Error('the disk is lost');
      return store.read;
    },
    transaction: async (work, options) => {
      if (disk.writes === 'full') throw new Error('the disk is full');
      return await store.transaction(work, options);
    },
    scrub: async (tables) => {
      if (disk.writes === 'full') throw new Error('the disk is full');
      await store.scrub(tables);
    },
    shared: store.shared,
    close: async () => await store.close(),
  };
}
