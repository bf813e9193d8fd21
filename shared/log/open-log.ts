// Opens a log: checks what is stored, goes on where the last run ended, and wires its parts together.
import { isOrigin } from '../audit/checkpoint.ts';
import { writeExport } from '../audit/export.ts';
import { rotationLine } from '../audit/key-rotations.ts';
import type { LogSigner } from '../audit/log-key.ts';
import { consistencyProof, inclusionProof } from '../audit/proof.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import type { Head } from './head.ts';
import { intakeWriter, type Seal } from './intake.ts';
import { LogError } from './log-error.ts';
import { type FindRotations, logKeys } from './log-keys.ts';
import type { Log, RecordFilter } from './log.ts';
import type { Db, LogStore } from './log-store.ts';
import type { LogTables } from './log-tables.ts';
import { type LogState, openState, readHead } from './open-state.ts';
import { othersOf, sharedStep, tellOthers } from './others.ts';
import { countPruned, exportPages, findRecords } from './record-reading.ts';
import { keepPublicKey } from './public-key.ts';
import { intakeSequencer, type SequencedLog } from './sequence-intake.ts';
import { startSequencer } from './sequencer.ts';
import { logHashes, subtreeReader } from './tree-reading.ts';

export type LogOptions<Tx extends Db, E extends AuditEvent> = Pick<SequencedLog, 'admit'> & {
  readonly store: LogStore<Tx>;
  readonly tables: LogTables;
  readonly origin: string;
  readonly signer: LogSigner;
  /** Tells this run of the program from others. */
  readonly bootId: string;
  readonly seal: Seal<Tx, E>;
  /** Where the changes of the log's key are kept; absent for a log whose key never changes. */
  readonly rotations?: FindRotations;
  /** Told when sequencing failed (it is retried) or a listener threw. */
  readonly onTrouble?: (error: unknown) => void;
};

/**
 * Opens the log in a store that has its tables. What an earlier run left in the intake is in the log before this
 * resolves. Refuses with LogError: `another_key`, `another_origin`, `damaged`.
 */
export async function openLog<Tx extends Db, E extends AuditEvent>(options: LogOptions<Tx, E>): Promise<Log<Tx, E>> {
  const { store, tables, origin, signer } = options;
  const { publicKey } = signer;
  if (!isOrigin(origin)) throw new RangeError('an origin has no spaces, plus signs or control characters');
  const name = { tables, origin, publicKey };
  const keys = logKeys(publicKey, options.rotations);
  // One moment of the log, also while others write to it.
  const readWhole = (): Promise<Opened> =>
    store.transaction(async (tx) => {
      const state = await openState(tx, name);
      return { state, head: await readHead(tx, state, name) };
    });
  const { state, head } = await readWhole();
  await keepPublicKey(store, tables, publicKey);
  const { shared } = store;
  const sequence = intakeSequencer(options, async (tx) => {
    if (shared !== null) await tellOthers(tx, tables);
  });
  const sequencer = startSequencer({
    store,
    head,
    step: shared === null ? sequence : sharedStep(sequence, { ...name, keys }),
    reload: async () => (await readWhole()).head,
    others: shared === null ? null : othersOf(store.read, shared, { ...name, keys }),
    onTrouble: options.onTrouble ?? (() => {}),
  });
  await sequencer.settled();
  const writeIntake = intakeWriter(tables, options.seal);
  const source = { origin, epoch: state.epoch, bootId: options.bootId };
  const hashOf = subtreeReader(logHashes(store.read, tables));
  const size = (): number => sequencer.head().frontier.size;
  // Another program may have given out a newer checkpoint than this one has seen.
  const reaches = async (treeSize: number): Promise<boolean> => {
    if (treeSize > size() && shared !== null) await sequencer.caughtUp();
    return treeSize <= size();
  };

  return {
    origin,
    epoch: state.epoch,
    keyFingerprint: publicKey.fingerprint,
    publicKeyPem: () => keys.now().pem,
    append(tx, ...events) {
      if (shared === null) sequencer.wake();
      // Before the commit there is nothing to find, and who looks then would believe that there never was.
      else shared.afterCommit(tx, sequencer.wake);
      return writeIntake(tx, events, source);
    },
    wake: sequencer.wake,
    size,
    settled: sequencer.settled,
    async checkpoint() {
      await sequencer.caughtUp();
      return sequencer.head().checkpoint;
    },
    async records(filter: RecordFilter) {
      if (filter.asAnnounced !== true) await sequencer.caughtUp();
      return await findRecords(store.read, tables, filter);
    },
    countAfter: async (sequence) =>
      Math.max(0, size() - 1 - sequence - (await countPruned(store.read, tables, sequence))),
    inclusionProof: async (sequence, treeSize) =>
      (await reaches(treeSize)) ? base64(await inclusionProof(sequence, treeSize, hashOf)) : null,
    consistencyProof: async (fromSize, toSize) =>
      (await reaches(toSize)) ? base64(await consistencyProof(fromSize, toSize, hashOf)) : null,
    async exportTo(folder) {
      for (;;) {
        // What is pruned while it is written is not in the log yet that goes with it.
        const pruned = await countPruned(store.read, tables, -1);
        await sequencer.caughtUp();
        const { checkpoint, frontier } = sequencer.head();
        if (checkpoint === null) throw new LogError('empty', 'there is nothing to export yet');
        const lines = exportPages(store.read, tables, { start: 0, end: frontier.size });
        const publicKeyPem = keys.now().pem;
        const rotations = (await keys.rotations(store.read)).map(rotationLine);
        await writeExport({ folder, lines, checkpoint, publicKeyPem, rotations });
        if ((await countPruned(store.read, tables, -1)) === pruned) return frontier.size;
      }
    },
    subscribe: sequencer.subscribe,
    close: sequencer.close,
  };
}

type Opened = { readonly state: LogState; readonly head: Head };

function base64(hashes: readonly Buffer[] | null): readonly string[] | null {
  return hashes === null ? null : hashes.map((hash) => hash.toString('base64'));
}
