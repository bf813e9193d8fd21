// Calls the broker and makes a value of every outcome: what it answered, or that it could not be reached.
import type { Problem } from '#shared/contracts/problem.ts';
import { err, type Result } from '#shared/domain/result.ts';

/** Nobody knows whether the call did something: it may be sent again only if it is idempotent. */
export type Unreachable = { readonly code: 'unreachable' };
export type Refused = Problem | Unreachable;

export async function reach<T>(call: () => Promise<Result<T, Problem>>): Promise<Result<T, Refused>> {
  try {
    return await call();
  } catch {
    // A stopped thread, a cut connection, an answer that no schema of ours reads: the words may quote what was sent.
    return err({ code: 'unreachable' });
  }
}

/** Worth another try later, with nothing changed. */
export function isPassing({ code }: Refused): boolean {
  return code === 'unreachable' || code === 'unavailable' || code === 'rate_limited' || code === 'internal';
}
