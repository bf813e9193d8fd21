// Finds out, before anything is opened, whether the store was put back to an older state, and opens a new ledger epoch
// then. That it happened stays in the store until all of it is settled, over any number of stops.
import type { LogSigner } from '#shared/audit/log-key.ts';
import type { Checkpoint } from '#shared/audit/checkpoint.ts';
import type { Clock } from '#shared/domain/time.ts';
import { epochOfOrigin } from '#broker/ledger/epoch-name.ts';
import { openLedgerEpoch } from '#broker/ledger/open-epoch.ts';
import type { BrokerStore } from '#broker/store.ts';
import { continues, readWitness } from './witness.ts';

export type RestoreParts = {
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly signer: LogSigner;
  readonly bootId: string;
  /** Whoever starts the broker says that the store is a restored backup. */
  readonly restored: boolean;
  /** The ledger's newest checkpoint, outside the store; null: nobody keeps it. */
  readonly witnessFile: string | null;
};

/** Gives whether a restore is to be settled before anything is served. */
export async function beginRestore(parts: RestoreParts): Promise<boolean> {
  const { store, clock, signer, bootId } = parts;
  const { publicKey } = signer;
  const witness = parts.witnessFile === null ? null : await readWitness(parts.witnessFile, publicKey);
  const older = witness !== null && !(await continues(store.read, witness, publicKey));
  if (older || parts.restored) {
    await store.transaction(async (tx) => {
      const lastKnown = witness === null ? null : known(witness, publicKey.thumbprint);
      const origin = await openLedgerEpoch(tx, { signer, nowMs: clock.now(), bootId, lastKnown });
      if (origin !== null)
        await tx.insertInto('restores').values({ origin, opened_at_ms: clock.now(), settled_at_ms: null }).execute();
    });
  }
  const open = await store.read.selectFrom('restores').select('origin').where('settled_at_ms', 'is', null).execute();
  return open.length > 0;
}

function known({ origin, size, root }: Checkpoint, thumbprint: string) {
  return { epoch: epochOfOrigin(origin, thumbprint) ?? 1, head: { size, root: root.toString('base64') } };
}
