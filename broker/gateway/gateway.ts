// What the gateway needs from the broker, and what it gives. The only way to a dataset or a model.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { LiveCredential, LiveCredentials } from '#broker/access/live-credentials.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { Replicas } from '#broker/replicas/replicas.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { AccessTokens } from '#broker/tokens/access-tokens.ts';

export type GatewayDeps = {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Ledger;
  readonly tokens: AccessTokens;
  readonly live: LiveCredentials;
  /** Whose calls run: those of a replica that does not live were cut. */
  readonly replicas: Pick<Replicas, 'id' | 'living'>;
  /** The catalog entry as it is now, or null. */
  readonly resource: (id: ResourceId) => Resource | null;
  /** Absolute folder that a catalog's relative upstream paths start from. */
  readonly catalogFolder: string;
  /** Reads the secret behind a reference, freshly enough for rotation. Throws when it cannot. */
  readonly secret: (reference: string) => Promise<string>;
  /** Called after the first call that was made (see spent.ts) of a credential that ends with its operation. */
  readonly operationDone: (credential: LiveCredential) => Promise<void>;
};

export type Gateway = {
  /** Listens; refuses with a clear error when the port is taken. Gives the port. */
  readonly listen: (address: { readonly host: string; readonly port: number }) => Promise<number>;
  /** Asks the enforcing path itself whether it would let this credential in now. */
  readonly probe: (credentialId: string) => 'works' | 'refused';
  /** Records the calls that the end of a replica cut short as `use.interrupted`. Run before listening, and now and then. */
  readonly reconcile: () => Promise<void>;
  readonly close: () => Promise<void>;
};
