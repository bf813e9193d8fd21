// What an upstream of either kind gives back before anything is sent to the caller.
import type { GatewayProblemCode } from './problems.ts';

export type Answer = {
  readonly status: number;
  /** Lower-case names, already allowed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: no body at all. */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Lets go of the file or the connection behind it, read or not. To be called once the call is over, always. */
  readonly discard: () => Promise<void>;
};

/** An answer that the gateway gives in the upstream's place. */
export type NoAnswer = {
  readonly problem: GatewayProblemCode;
  /** Finer, for the ledger only; null when the problem's own status says all. */
  readonly reason: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};
