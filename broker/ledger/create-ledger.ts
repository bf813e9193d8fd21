// Opens the broker's ledger: the log under the ledger key, and the keys of what people wrote in it.
import { type LogPublicKey, logSigner } from '#shared/audit/log-key.ts';
import { readState } from '#shared/log/open-state.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { Clock } from '#shared/domain/time.ts';
import { LogError } from '#shared/log/log-error.ts';
import { openLog } from '#shared/log/open-log.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import type { Ledger } from './ledger.ts';
import { type IsErased, personalKeys } from './personal-keys.ts';
import { firstLedgerOrigin, readLedgerName } from './epoch-name.ts';
import { findLedgerRotations, firstKeyOf, readKeyChain } from './key-chain.ts';
import { rotateLedgerKey } from './rotate-key.ts';
import { LEDGER_TABLES } from './tables.ts';

export type LedgerOptions = {
  readonly store: BrokerStore;
  readonly clock: Clock;
  /** 32 bytes: the Ed25519 key of the checkpoints (RFC 8032). */
  readonly ledgerSeed: Uint8Array;
  /** Keys that the ledger may still be signed with: then it goes on under `ledgerSeed`, and both sign that. */
  readonly previousSeeds?: readonly Uint8Array[];
  /** 32 bytes: wraps the keys of what people wrote. */
  readonly erasureKey: Uint8Array;
  /** Nothing that these write is taken any more; by default nobody was ever erased. */
  readonly isErased?: IsErased;
  /** Tells this run of the program from others. */
  readonly bootId: string;
  /** The log's name; by default made of the key's thumbprint, and of the epoch after a restore. */
  readonly origin?: string;
  /** Told when sequencing failed (it is retried) or a listener threw. */
  readonly onTrouble?: (error: unknown) => void;
};

const nobodyErased: IsErased = async () => await Promise.resolve(false);

/**
 * Opens the ledger in a store that has the ledger's migrations. What an earlier run left in the intake is in the log
 * before this resolves. Refuses with LogError: `another_key`, `another_origin`, `damaged`.
 */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { store, clock, bootId } = options;
  const signer = logSigner(options.ledgerSeed);
  const keys = personalKeys(options.erasureKey, options.isErased ?? nobodyErased);
  const previous = (options.previousSeeds ?? []).map(logSigner);
  if (previous.length > 0) await rotateLedgerKey(store, { signer, previous, nowMs: clock.now(), bootId });
  const firstKey = await findFirstKey(store, signer.publicKey);
  const log = await openLog<Tx, LedgerEvent>({
    store,
    tables: LEDGER_TABLES,
    origin: options.origin ?? (await currentOrigin(store, firstKey.thumbprint)),
    signer,
    bootId,
    rotations: findLedgerRotations,
    seal: async (tx, { personal }, uid) =>
      personal === undefined ? null : await keys.seal(tx, personal.subject, personal.text, uid, clock.now()),
    ...(options.onTrouble !== undefined && { onTrouble: options.onTrouble }),
  });
  return {
    ...log,
    firstKeyFingerprint: firstKey.fingerprint,
    rotations: async () => (await findLedgerRotations(store.read)).map(({ checkpoint, key }) => ({ checkpoint, key })),
    async openPersonal(record) {
      const fields = readRecord(record.canonical);
      if (fields === null) throw new LogError('damaged', `record ${record.sequence} is not one of ours`);
      return fields.sealed === null ? null : keys.open(store.read, fields.sealed, fields.uid);
    },
  };
}

/** The key that the ledger began with. */
async function findFirstKey(store: BrokerStore, key: LogPublicKey): Promise<LogPublicKey> {
  return await store.transaction(async (tx) => {
    const state = await readState(tx, LEDGER_TABLES);
    // Signed with another key: opening it says so.
    if (state === null || state.key_fingerprint !== key.fingerprint) return key;
    return firstKeyOf(await readKeyChain(tx, state, key), key);
  });
}

/** Its first name, or the one under which it went on after a restore. */
async function currentOrigin(store: BrokerStore, thumbprint: string): Promise<string> {
  const first = firstLedgerOrigin(thumbprint);
  const state = await readState(store.read, LEDGER_TABLES);
  return state !== null && readLedgerName(state.origin)?.first === first ? state.origin : first;
}
