// What a broker is made with, and what it gives to whoever runs it.
import type { Metric } from 'prom-client';
import type { Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { ConfigurationRefused, Reloaded } from './config/configuration.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { BrokerKeys } from './config/read-keys.ts';
import type { GatewayOptions } from './gateway/create-gateway.ts';
import type { OnCall } from './http/app.ts';
import type { Caller } from './identity/caller.ts';
import type { FetchJson } from './identity/oidc/issuer-fetch.ts';
import type { TokenRefusal } from './identity/oidc/token-refusal.ts';
import type { Issuer } from './issuers/issuer.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { LedgerSinksOptions } from './sinks/ledger-sinks.ts';
import type { BrokerStore } from './store.ts';

export type BrokerOptions = {
  readonly loaded: LoadedConfig;
  /** Opened with `brokerMigrations`; the broker closes it. */
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly keys: BrokerKeys;
  /** Keys that the ledger may still be signed with: it goes on under `keys.ledger`, and both sign that. */
  readonly previousLedgerKeys?: readonly Uint8Array[];
  /** Reads the secret of an upstream. Throws when it cannot. */
  readonly secret: (reference: string) => Promise<string>;
  /** Told of what went wrong and is retried, or what a caller saw as `internal`. Never carries a secret. */
  readonly onTrouble: (error: unknown, where: string) => void;
  /** Where the API of a standalone broker is called; absent: as its configuration says. */
  readonly publicUrl?: string;
  /** Reads a document of the issuer of people's tokens. Absent: over the network. */
  readonly fetchIssuerJson?: FetchJson;
  /** Told why a caller's token was refused, for log and counters. Never carries the token. */
  readonly onRefusedToken?: (reason: TokenRefusal | 'disabled') => void;
  /** Makes the gateway's server and says which names it has; absent: plain HTTP on loopback. */
  readonly gateway?: Pick<GatewayOptions, 'openServer' | 'hostNames' | 'limits'>;
  /** Told of each call of the API once it is known whose it is. */
  readonly onCall?: OnCall;
  /** Shown at `/metrics` beside the broker's own: what its listeners count. */
  readonly listenerMetrics?: readonly Metric[];
  /** The store is a restored backup: everything in it ends before anything is served. */
  readonly restored?: boolean;
  /** Where the ledger's newest checkpoint is kept outside the store, to notice a restore that nobody told of. */
  readonly witnessFile?: string;
  /** How long sinks wait for what, and whose certificates they trust; absent: as in `SINK_TIMES`, and the system's. */
  readonly sinks?: Pick<LedgerSinksOptions, 'times' | 'authorities'>;
  /** Where the list of who was erased is kept outside the store, so that a restored backup brings nobody back. */
  readonly erasedFile?: string;
  /** Wraps the issuer, as fault injection does. */
  readonly wrapIssuer?: (issuer: Issuer) => Issuer;
};

export type Broker = {
  /** The API. The caller is what the channel proved, never something that the request says. */
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>;
  /** Base URL of the gateway. */
  readonly gatewayUrl: string;
  readonly ledger: Pick<Ledger, 'origin' | 'keyFingerprint' | 'checkpoint' | 'exportTo' | 'settled'>;
  /** Configured users of kind person, in the order of the configuration; nobody in mode standalone. */
  readonly people: readonly { readonly user: string; readonly name: string }[];
  /** Reads catalog and policies again, all or nothing. The record says who asked for it. Weaker ones are held. */
  readonly reload: (caller?: Caller) => Promise<Result<Reloaded, ConfigurationRefused>>;
  /** Does everything that is due by the clock now; timers do the same by themselves. */
  readonly runDue: () => Promise<void>;
  /** Ends logins at databases that no grant bears, as after the restore of a backup; gives how many. */
  readonly endOrphans: () => Promise<number>;
  /** From now on `/readyz` says no, so that nobody sends new calls; those that come are served. */
  readonly drain: () => void;
  /** Stops serving, lets running calls end, closes the store. */
  readonly close: () => Promise<void>;
};
