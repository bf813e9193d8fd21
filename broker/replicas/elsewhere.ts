// What a broker that shares its database must know of the others: which credentials they issued, which they ended.
import type { Tx } from '#broker/store.ts';

export type Elsewhere = {
  /** Lets a credential work here that another replica issued, if it works by the database and not yet here. */
  readonly learn: (credentialId: string) => Promise<void>;
  /** Whether it works by the database, as this transaction sees it. */
  readonly works: (tx: Tx, credentialId: string) => Promise<boolean>;
  /** From now on memory follows what the ledger says of ends, wherever they were made. Gives the way to stop. */
  readonly follow: () => Promise<() => Promise<void>>;
};

/** Thrown inside of the transaction of a use whose credential does not work any more: nothing of it is written. */
export class CredentialEnded extends Error {
  override readonly name = 'CredentialEnded';
}
