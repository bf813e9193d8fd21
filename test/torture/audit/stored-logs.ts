// What the broker of an audit torture has on its disk, read by SQL.
import { z } from 'zod';

export type StoredRecord = {
  readonly origin: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly canonical: string;
};

export type StoredEpoch = {
  readonly origin: string;
  readonly epoch: number;
  readonly size: number;
  readonly root: string;
  readonly checkpoint: string;
  readonly publicKey: string;
};

export type StoredLogs = {
  /** By sequence. */
  readonly ledger: readonly StoredRecord[];
  readonly ledgerState: { readonly origin: string; readonly size: number; readonly checkpoint: string | null };
  /** What still waits for its place in the ledger. */
  readonly waiting: number;
  /** By origin, epoch and sequence. */
  readonly desktops: readonly StoredRecord[];
  readonly epochs: readonly StoredEpoch[];
  readonly forks: number;
};

/** Runs one statement and gives its rows; numbers may come as text. */
export type Select = (statement: string) => Promise<readonly Record<string, unknown>[]>;

const number = z.coerce.number();
const record = z.object({ origin: z.string(), epoch: number, sequence: number, canonical: z.string() });
const epoch = z.object({
  origin: z.string(),
  epoch: number,
  size: number,
  root: z.string(),
  checkpoint: z.string(),
  publicKey: z.string(),
});
const state = z.object({ origin: z.string(), size: number, checkpoint: z.string().nullable() });

export async function readStoredLogs(select: Select): Promise<StoredLogs> {
  const count = async (table: string): Promise<number> =>
    number.parse((await select(`select count(*) as count from ${table}`))[0]?.['count']);
  return {
    ledger: z
      .array(record)
      .parse(
        await select(`select '' as origin, 0 as epoch, sequence, canonical from ledger_records order by sequence`),
      ),
    ledgerState: state.parse((await select(`select origin, size, checkpoint from ledger_state`))[0]),
    waiting: await count('ledger_intake'),
    desktops: z
      .array(record)
      .parse(
        await select(`select origin, epoch, sequence, canonical from desktop_records order by origin, epoch, sequence`),
      ),
    epochs: z
      .array(epoch)
      .parse(
        await select(
          `select origin, epoch, size, root, checkpoint, public_key as "publicKey" from desktop_epochs order by origin, epoch`,
        ),
      ),
    forks: await count('desktop_forks'),
  };
}
