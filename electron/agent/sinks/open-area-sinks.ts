// The sinks of one data area on the delivery that broker and desktop share.
import type { SinkSource } from '#shared/sinks/sinks.ts';
import { openSinks } from '#shared/sinks/open-sinks.ts';
import type { AgentStore } from '../agent-store.ts';
import { type DeskSinksParts, openDeskSinks, type OpenedDeskSinks } from './open-desk-sinks.ts';
import { DELIVERY_TABLES } from './tables.ts';

type Options = Omit<DeskSinksParts, 'store' | 'sinks'> & {
  readonly store: AgentStore;
  readonly source: SinkSource;
  /** Of this program. */
  readonly version: string;
};

/** Delivers from what is kept as soon as it was read; waits for no receiver. Throws a StoreError when it cannot be read. */
export async function openAreaSinks(options: Options): Promise<OpenedDeskSinks> {
  const { store, source, clock, log, version } = options;
  const sinks = await openSinks({
    store,
    tables: DELIVERY_TABLES,
    source,
    sinks: [],
    clock,
    service: { name: 'daypass-desktop', version },
    onTrouble: (error) => log.trouble('sinks', error),
  });
  try {
    const desk = await openDeskSinks({ ...options, sinks });
    return {
      ...desk,
      close: async () => {
        await desk.close();
        await sinks.close();
      },
    };
  } catch (error) {
    await sinks.close();
    throw error;
  }
}
