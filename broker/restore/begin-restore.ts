// Finds out, before anything is opened, whether the store was put back to an older state, and opens a new ledger epoch
// then. That it happened stays in the store until all of it is settled, over any number of stops.
import type { LogSigner } from '#shared/audit/log-key.ts';
import type { Checkpoint } from '#shared/audit/checkpoint.ts';
import type { Clock } from '#shared/domain/time.ts';
import { readState } from '#shared/log/open-state.ts';
import { readLedgerName } from '#broker/ledger/epoch-name.ts';
import { readKeyChain } from '#broker/ledger/key-chain.ts';
import { openLedgerEpoch } from '#broker/ledger/open-epoch.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import type { BrokerStore } from '#broker/store.ts';
import { continues, readWitness } from './witness.ts';

export type RestoreParts = {
  readonly store: BrokerStore;
  readonly clock: Clock;
  /** The ledger's key, and those that it may still be signed with. */
  readonly signer: LogSigner;
  readonly previous: readonly LogSigner[];
  readonly bootId: string;
  /** Whoever starts the broker says that the store is a restored backup. */
  readonly restored: boolean;
  /** The ledger's newest checkpoint, outside the store; null: nobody keeps it. */
  readonly witnessFile: string | null;
};

/** Gives whether a restore is to be settled before anything is served. */
export async function beginRestore(parts: RestoreParts): Promise<boolean> {
  const { store, clock, bootId, witnessFile } = parts;
  const { signer, keys } = await findKeys(parts);
  const witness = witnessFile === null ? null : await readWitness(witnessFile, keys);
  const older = witness !== null && witnessFile !== null && !(await continues(store.read, witness, witnessFile));
  if (older || parts.restored) {
    await store.transaction(async (tx) => {
      const lastKnown = witness === null ? null : known(witness);
      const origin = await openLedgerEpoch(tx, { signer, nowMs: clock.now(), bootId, lastKnown });
      if (origin !== null)
        await tx.insertInto('restores').values({ origin, opened_at_ms: clock.now(), settled_at_ms: null }).execute();
    });
  }
  const open = await store.read.selectFrom('restores').select('origin').where('settled_at_ms', 'is', null).execute();
  return open.length > 0;
}

/** Whose key the store is signed with, and all that a checkpoint of its ledger may be. */
async function findKeys({ store, signer, previous }: RestoreParts) {
  const state = await readState(store.read, LEDGER_TABLES);
  const given = [signer, ...previous];
  const signs = given.find(({ publicKey }) => publicKey.fingerprint === state?.key_fingerprint);
  const chain = state === null || signs === undefined ? [] : await readKeyChain(store.read, state, signs.publicKey);
  const keys = [...given.map(({ publicKey }) => publicKey), ...chain.map(({ from }) => from)];
  return { signer: signs ?? signer, keys };
}

function known({ origin, size, root }: Checkpoint) {
  return { epoch: readLedgerName(origin)?.epoch ?? 1, head: { size, root: root.toString('base64') } };
}
