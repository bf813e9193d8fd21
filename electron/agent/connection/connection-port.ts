// Which broker this desktop uses, as its agent knows it: what to show of it, how to sign in, and the way to another one.
import type { BrokerFound, Connection } from '#shared/contracts/desktop/connection.ts';
import type { Result } from '#shared/domain/result.ts';
import type { OfferRefused } from './sign-in-offer.ts';
import type { SignIn } from './sign-in.ts';

/** `managed`: the organisation set the broker. `not_wiped`: something of the one before is still here. */
export type ConnectRefused = OfferRefused | 'managed' | 'not_wiped' | 'busy' | 'internal';

/** The way to another broker; it outlives the agent that uses one. */
export type BrokersPort = {
  /** Looks whether a broker answers there. Changes nothing. */
  readonly find: (url: string) => Promise<Result<BrokerFound, OfferRefused>>;
  /** Ends and wipes everything of the broker before, and goes on with this one. */
  readonly connect: (url: string) => Promise<Result<null, ConnectRefused>>;
  readonly disconnect: () => Promise<Result<null, ConnectRefused>>;
};

export type ConnectionPort = {
  readonly view: () => Connection;
  /** Null: an embedded broker, which believes the system's own sign-in. */
  readonly signIn: SignIn | null;
  readonly brokers: BrokersPort;
};
