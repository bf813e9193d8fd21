// Opens a new epoch of the ledger in a store that was put back to an older state: the records that the backup has stay,
// the log goes on after them under a new name, and its first record names what the old one is known to have signed.
// The ledger must be closed meanwhile, so that nothing is signed under the old name any more.
import { sql } from 'kysely';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import { renameRecord } from '#shared/audit/record.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { TreeHead } from '#shared/domain/outbox-data.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { bulkInsert } from '#shared/log/bulk-insert.ts';
import { intakeWriter, takeIntake } from '#shared/log/intake.ts';
import { LogError } from '#shared/log/log-error.ts';
import { INDEX_COLUMNS } from '#shared/log/log-tables.ts';
import { readHead, readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { Tx } from '#broker/store.ts';
import { brokerEvent } from './broker-event.ts';
import { firstLedgerOrigin, laterLedgerOrigin, readLedgerName } from './epoch-name.ts';
import { firstKeyOf, readKeyChain } from './key-chain.ts';
import { LEDGER_TABLES } from './tables.ts';

export type NextEpoch = {
  readonly signer: LogSigner;
  readonly nowMs: EpochMs;
  readonly bootId: string;
  /** The newest head of the ledger that is known from outside the store, and of which epoch; null: none. */
  readonly lastKnown: { readonly epoch: number; readonly head: TreeHead } | null;
};

const writeIntake = intakeWriter<Tx, LedgerEvent>(LEDGER_TABLES, () => Promise.resolve(null));
const insertIntake = bulkInsert(LEDGER_TABLES.intake, [...INDEX_COLUMNS, 'head', 'tail']);

/** Gives the new name, or null for a store without a ledger: that one simply begins. Throws LogError for another key. */
export async function openLedgerEpoch(tx: Tx, next: NextEpoch): Promise<string | null> {
  const state = await readState(tx, LEDGER_TABLES);
  if (state === null) return null;
  const { publicKey } = next.signer;
  if (state.key_fingerprint !== publicKey.fingerprint)
    throw new LogError('another_key', `it was signed with key ${state.key_fingerprint}`);
  const first = firstLedgerOrigin(firstKeyOf(await readKeyChain(tx, state, publicKey), publicKey).thumbprint);
  const known = readLedgerName(state.origin);
  if (known?.first !== first) throw new LogError('another_origin', `${state.origin} is no name of this ledger`);
  const size = toWholeNumber(state.size);
  const before = { epoch: toWholeNumber(state.epoch), size, checkpoint: state.checkpoint };
  const { frontier } = await readHead(tx, before, { tables: LEDGER_TABLES, origin: state.origin, publicKey });
  const epoch = Math.max(before.epoch, known.epoch, next.lastKnown?.epoch ?? 0) + 1;
  const origin = laterLedgerOrigin(first, epoch);
  const kept: TreeHead = { size, root: rootOf(frontier).toString('base64') };
  const waiting = await takeIntake(tx, LEDGER_TABLES, Number.MAX_SAFE_INTEGER);
  const checkpoint = size === 0 ? null : signCheckpoint({ origin, size, root: rootOf(frontier) }, next.signer);
  await sql`
    update ${sql.table(LEDGER_TABLES.state)} set origin = ${origin}, epoch = ${epoch}, checkpoint = ${checkpoint}
  `.execute(tx);
  const lastKnown = next.lastKnown?.head ?? kept;
  const keptAtMs = await timeOfLast(tx, size);
  const data = { previousOrigin: state.origin, previousEpoch: before.epoch, kept, keptAtMs, lastKnown };
  await writeIntake(tx, [brokerEvent('ledger.epoch_opened', next.nowMs, data)], { origin, epoch, bootId: next.bootId });
  // What waited for its place in the backup gets it in the new epoch, after its first record.
  const renamed = waiting.map(({ index, ...record }) => ({ index, ...renameRecord(record, { origin, epoch }) }));
  if (renamed.length > 0)
    await insertIntake(
      tx,
      renamed.map(({ index, head, tail }) => [...index, head, tail]),
    );
  return origin;
}

async function timeOfLast(tx: Tx, size: number): Promise<EpochMs | null> {
  const row = await tx
    .selectFrom('ledger_records')
    .select('at_ms')
    .where('sequence', '=', size - 1)
    .executeTakeFirst();
  return row === undefined ? null : toWholeNumber(row.at_ms);
}
