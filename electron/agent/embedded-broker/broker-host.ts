// The broker as the session sees it: whether it can be called, and calls as one of its users. Embedded today, a team's
// broker later.
import type { BrokerState } from '#shared/contracts/desktop/state.ts';

export type Candidate = { readonly user: string; readonly name: string };

export type BrokerHost = {
  readonly mode: 'embedded' | 'team';
  /** `offline` is what the session finds out by calling. */
  readonly state: () => Exclude<BrokerState, { kind: 'offline' }>;
  readonly subscribe: (listener: () => void) => () => void;
  /** False once the broker does not let the person in who was signed in: a disabled one, or of a group less. */
  readonly letsIn: () => boolean;
  /** Whom the person may act as. Empty until it was ready once. */
  readonly people: () => readonly Candidate[];
  /** Rejects when the broker is not there. */
  readonly fetch: (request: Request, user: string) => Promise<Response>;
  /** Names the broker in device proofs. */
  readonly baseUrl: string;
  /** Tries again now what failed; one that should be there and does not answer is ended and started anew. */
  readonly retry: () => void;
  /** Null: the broker is elsewhere and keeps its own ledger. Throws when it is not running. */
  readonly exportLedger: ((folder: string) => Promise<number>) | null;
  readonly close: () => Promise<void>;
};
