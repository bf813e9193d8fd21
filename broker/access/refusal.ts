// Why a step of a request's life was refused. Few codes, mapped to HTTP in one table (shared/contracts/problem.ts).
import type { ProblemCode } from '#shared/contracts/problem.ts';
import type { Decision } from '#shared/domain/decision.ts';
import { err } from '#shared/domain/result.ts';

export type AccessRefusal = {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly decision?: Decision;
  /** For `too_early` and `rate_limited`: when it is worth another try. */
  readonly retryAtMs?: number;
  /** For `fresh_sign_in_required`: how long ago the sign-in may be. */
  readonly maxAgeMs?: number;
};

export function refuse(
  code: ProblemCode,
  detail: string,
  more: Omit<AccessRefusal, 'code' | 'detail'> = {},
): { readonly ok: false; readonly error: AccessRefusal } {
  return err({ code, detail, ...more });
}
