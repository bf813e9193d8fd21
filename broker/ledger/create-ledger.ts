// Opens the broker's ledger: checks what is stored, goes on where the last run ended, and wires its parts together.
import { isOrigin } from '#shared/audit/checkpoint.ts';
import { writeExport } from '#shared/audit/export.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { consistencyProof, inclusionProof } from '#shared/audit/proof.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { BrokerStore } from '#broker/store.ts';
import { writeIntake } from './intake.ts';
import { LedgerError } from './ledger-error.ts';
import type { Ledger, RecordFilter } from './ledger.ts';
import { openState, readHead } from './open-state.ts';
import { personalKeys } from './personal-keys.ts';
import { canonicalPages, findRecords } from './record-reading.ts';
import { sequenceIntake } from './sequence-intake.ts';
import { startSequencer } from './sequencer.ts';
import { subtreeReader } from './tree-reading.ts';

export type LedgerOptions = {
  readonly store: BrokerStore;
  readonly clock: Clock;
  /** 32 bytes: the Ed25519 key of the checkpoints (RFC 8032). */
  readonly ledgerSeed: Uint8Array;
  /** 32 bytes: wraps the keys of what people wrote. */
  readonly erasureKey: Uint8Array;
  /** Tells this run of the program from others. */
  readonly bootId: string;
  /** The log's name; by default made of the key's thumbprint. */
  readonly origin?: string;
  /** Told when sequencing failed (it is retried) or a listener threw. */
  readonly onTrouble?: (error: unknown) => void;
};

/**
 * Opens the ledger in a store that has the ledger's migrations. What an earlier run left in the intake is in the log
 * before this resolves. Refuses with LedgerError: `another_key`, `another_origin`, `damaged`.
 */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { store, clock, bootId } = options;
  const signer = logSigner(options.ledgerSeed);
  const { publicKey } = signer;
  const origin = options.origin ?? `daypass.ledger/${publicKey.thumbprint}`;
  if (!isOrigin(origin)) throw new RangeError('an origin has no spaces, plus signs or control characters');
  const keys = personalKeys(options.erasureKey);
  const name = { origin, publicKey };
  const state = await openState(store, name);
  const sequencer = startSequencer({
    store,
    head: await readHead(store.read, state, name),
    step: (tx, head) => sequenceIntake(tx, head, origin, signer),
    reload: async () => readHead(store.read, await openState(store, name), name),
    onTrouble: options.onTrouble ?? (() => {}),
  });
  await sequencer.settled();
  const intake = { source: { origin, epoch: state.epoch, bootId }, keys, clock };
  const hashOf = subtreeReader(store.read);
  const size = (): number => sequencer.head().frontier.size;

  return {
    origin,
    keyFingerprint: publicKey.fingerprint,
    append(tx, event) {
      sequencer.wake();
      return writeIntake(tx, event, intake);
    },
    settled: sequencer.settled,
    async checkpoint() {
      await sequencer.caughtUp();
      return sequencer.head().checkpoint;
    },
    async records(filter: RecordFilter) {
      if (filter.asAnnounced !== true) await sequencer.caughtUp();
      return await findRecords(store.read, filter);
    },
    inclusionProof: async (sequence, treeSize) =>
      treeSize > size() ? null : base64(await inclusionProof(sequence, treeSize, hashOf)),
    consistencyProof: async (fromSize, toSize) =>
      toSize > size() ? null : base64(await consistencyProof(fromSize, toSize, hashOf)),
    async openPersonal(record) {
      const fields = readRecord(record.canonical);
      if (fields === null) throw new LedgerError('damaged', `record ${record.sequence} is not one of ours`);
      return fields.sealed === null ? null : keys.open(store.read, fields.sealed, fields.uid);
    },
    async exportTo(folder) {
      await sequencer.caughtUp();
      const { checkpoint, frontier } = sequencer.head();
      if (checkpoint === null) throw new LedgerError('empty', 'there is nothing to export yet');
      const records = canonicalPages(store.read, frontier.size);
      await writeExport({ folder, records, checkpoint, publicKeyPem: publicKey.pem });
      return frontier.size;
    },
    subscribe: sequencer.subscribe,
    close: sequencer.close,
  };
}

function base64(hashes: readonly Buffer[] | null): readonly string[] | null {
  return hashes === null ? null : hashes.map((hash) => hash.toString('base64'));
}
