// The calls of erasure and legal holds, as parts of the broker client.
import {
  erasuresViewSchema,
  erasureReachSchema,
  finishedErasuresSchema,
  legalHoldsViewSchema,
  legalHoldViewSchema,
  type ErasureReach,
  type ErasuresView,
  type FinishedErasure,
  type LegalHoldView,
} from '../contracts/erasure-api.ts';
import { heldChangeViewSchema, type HeldChangeView } from '../contracts/oversight-api.ts';
import type { Problem } from '../contracts/problem.ts';
import type { Result } from '../domain/result.ts';
import type { Callers } from './oversight-calls.ts';

type Reply<T> = Promise<Result<T, Problem>>;

export type ErasureCalls = {
  /** Pseudonyms that were erased since `after`, `next` of the answer before; 0: ever. */
  readonly erasures: (after: number) => Reply<ErasuresView>;
  /** For administrators: what was erased, the newest first. */
  readonly finishedErasures: () => Reply<{ readonly erasures: readonly FinishedErasure[] }>;
  /** For administrators; `id` is a person's or an account's. */
  readonly erasureReach: (id: string) => Reply<ErasureReach>;
  /** Proposes that a person is erased; done when a second person agreed. */
  readonly erasePerson: (id: string, reason: string) => Reply<HeldChangeView>;
  readonly holds: () => Reply<{ readonly holds: readonly LegalHoldView[] }>;
  readonly placeHold: (id: string, reason: string) => Reply<LegalHoldView>;
  /** Proposes the release of this hold; done when a second person agreed. */
  readonly releaseHold: (hold: string, reason: string) => Reply<HeldChangeView>;
};

export function erasureCalls({ get, post }: Callers): ErasureCalls {
  const person = (id: string, step: string): string => `/v1/people/${encodeURIComponent(id)}/${step}`;
  return {
    erasures: (after) => get('/v1/erasures', erasuresViewSchema, { after }),
    finishedErasures: () => get('/v1/erasures/finished', finishedErasuresSchema),
    erasureReach: (id) => get(person(id, 'erasure'), erasureReachSchema),
    erasePerson: (id, reason) => post(person(id, 'erase'), heldChangeViewSchema, { body: { reason } }),
    holds: () => get('/v1/holds', legalHoldsViewSchema),
    placeHold: (id, reason) => post(person(id, 'holds'), legalHoldViewSchema, { body: { reason } }),
    releaseHold: (hold, reason) =>
      post(`/v1/holds/${encodeURIComponent(hold)}/release`, heldChangeViewSchema, { body: { reason } }),
  };
}
