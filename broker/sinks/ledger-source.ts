// The ledger as what sinks send. Its sequence numbers go on over its epochs: after a restore the records that the backup
// has keep theirs, and those of the new epoch follow, so a cursor of before goes on where the backup ends at the latest.
import { readRecord } from '#shared/audit/record-fields.ts';
import type { LogRecord } from '#shared/log/log.ts';
import type { SinkCursor, SinkSource, SourcedRecord } from '#shared/sinks/sinks.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';

type Epoch = { readonly epoch: number; readonly firstSequence: number };
type Sequenced = Pick<Ledger, 'epoch' | 'countAfter' | 'records' | 'checkpoint' | 'subscribe'>;

const MOST_EPOCHS = 1000;

export function ledgerSource(ledger: Sequenced): SinkSource {
  let epochs: Promise<readonly Epoch[]> | null = null;

  /** The number after which what the cursor lacks begins. */
  async function lastHad(cursor: SinkCursor | null): Promise<number> {
    if (cursor === null) return -1;
    if (cursor.epoch >= ledger.epoch) return cursor.sequence;
    // They do not change while this ledger is open.
    epochs ??= readEpochs(ledger);
    const next = (await epochs).find(({ epoch }) => epoch > cursor.epoch);
    return next === undefined ? cursor.sequence : Math.min(cursor.sequence, next.firstSequence - 1);
  }

  return {
    after: async (cursor, limit) => {
      const afterSequence = await lastHad(cursor);
      return (await ledger.records({ afterSequence, limit, asAnnounced: true })).map(sourced);
    },
    countAfter: async (cursor) => await ledger.countAfter(await lastHad(cursor)),
    at: async ({ sequence }) => {
      const [record] = await ledger.records({ afterSequence: sequence - 1, limit: 1, asAnnounced: true });
      return record?.sequence === sequence ? sourced(record) : null;
    },
    checkpoint: ledger.checkpoint,
    subscribe: (listener) => ledger.subscribe(() => listener()),
  };
}

async function readEpochs(ledger: Sequenced): Promise<readonly Epoch[]> {
  const opened = await ledger.records({ kinds: ['ledger.epoch_opened'], limit: MOST_EPOCHS });
  return opened.flatMap(({ canonical, sequence }) => {
    const epoch = readRecord(canonical)?.epoch;
    return epoch === undefined ? [] : [{ epoch, firstSequence: sequence }];
  });
}

/** A record that cannot be read any more is delivered as it is: who receives it must know that it is there. */
function sourced({ canonical, sequence }: LogRecord): SourcedRecord {
  const fields = readRecord(canonical);
  return {
    at: { origin: fields?.origin ?? 'unknown', epoch: fields?.epoch ?? 0, sequence },
    uid: fields?.uid ?? `unreadable_${sequence}`,
    canonical,
  };
}
