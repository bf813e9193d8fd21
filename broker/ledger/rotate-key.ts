// Changes the key that signs the ledger, when a start brings a new key and the one before. One transaction: the record
// of it under the old key, one checkpoint that both sign and that is kept for ever, and from then on the new key only.
import { sql } from 'kysely';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Head } from '#shared/log/head.ts';
import { intakeWriter } from '#shared/log/intake.ts';
import { LogError } from '#shared/log/log-error.ts';
import type { StateRow } from '#shared/log/log-tables.ts';
import { readHead, readState } from '#shared/log/open-state.ts';
import { tellOthers } from '#shared/log/others.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { intakeSequencer, MAX_RECORDS_A_STEP } from '#shared/log/sequence-intake.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { brokerEvent } from './broker-event.ts';
import { readKeyChain } from './key-chain.ts';
import { LEDGER_TABLES } from './tables.ts';

export type KeyChange = {
  readonly signer: LogSigner;
  /** Keys that the ledger may still be signed with. */
  readonly previous: readonly LogSigner[];
  readonly nowMs: EpochMs;
  readonly bootId: string;
};

const writeIntake = intakeWriter<Tx, LedgerEvent>(LEDGER_TABLES, () => Promise.resolve(null));

/**
 * Gives whether the key was changed: not where there is no ledger yet, where it is signed with this key already, or
 * with none of these (opening it then refuses). Throws LogError `another_key` for a key that was retired before,
 * `damaged` for a ledger that is not what its old key signed.
 */
export async function rotateLedgerKey(store: BrokerStore, change: KeyChange): Promise<boolean> {
  return await store.transaction(
    async (tx) => {
      // Whoever sequences holds this row: of several that start at once, one changes the key and the others find it changed.
      if (store.shared !== null)
        await sql`select 1 from ${sql.table(LEDGER_TABLES.state)} where id = ${LEDGER_TABLES.id} for update`.execute(
          tx,
        );
      const state = await readState(tx, LEDGER_TABLES);
      if (state === null || state.key_fingerprint === change.signer.publicKey.fingerprint) return false;
      const old = change.previous.find(({ publicKey }) => publicKey.fingerprint === state.key_fingerprint);
      if (old === undefined) return false;
      await rotate(tx, state, old, change);
      if (store.shared !== null) await tellOthers(tx, LEDGER_TABLES);
      return true;
    },
    { isolation: 'read committed' },
  );
}

async function rotate(tx: Tx, state: StateRow, old: LogSigner, { signer, nowMs, bootId }: KeyChange): Promise<void> {
  const { origin } = state;
  const earlier = await readKeyChain(tx, state, old.publicKey);
  if (earlier.some(({ from }) => from.fingerprint === signer.publicKey.fingerprint))
    throw new LogError('another_key', `key ${signer.publicKey.fingerprint} was retired: take one that is new`);
  const size = toWholeNumber(state.size);
  const stored = { epoch: toWholeNumber(state.epoch), size, checkpoint: state.checkpoint };
  const head = await readHead(tx, stored, { tables: LEDGER_TABLES, origin, publicKey: old.publicKey });
  const data = { oldKey: old.publicKey.fingerprint, newKey: signer.publicKey.fingerprint, size };
  await writeIntake(tx, [brokerEvent('ledger.key_rotated', nowMs, data)], { origin, epoch: stored.epoch, bootId });
  const { frontier } = await sequenceAll(tx, head, origin, old);
  const note = signCheckpoint({ origin, size: frontier.size, root: rootOf(frontier) }, old, signer);
  await tx
    .insertInto('ledger_key_rotations')
    .values({
      size: frontier.size,
      note,
      old_key: old.publicKey.pem,
      new_key: signer.publicKey.pem,
      rotated_at_ms: nowMs,
    })
    .execute();
  await tx
    .updateTable('ledger_state')
    .set({ key_fingerprint: signer.publicKey.fingerprint, checkpoint: note })
    .where('id', '=', LEDGER_TABLES.id)
    .execute();
}

/** Under the old key: what waited, and the record of the change with it. */
async function sequenceAll(tx: Tx, from: Head, origin: string, old: LogSigner): Promise<Head> {
  const sequence = intakeSequencer({ tables: LEDGER_TABLES, origin, signer: old }, () => Promise.resolve());
  let head = from;
  for (;;) {
    const step = await sequence(tx, head);
    head = step.head;
    if (step.sequenced < MAX_RECORDS_A_STEP) return head;
  }
}
