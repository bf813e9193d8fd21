// Problems as the API answers them: RFC 9457 with a stable `code`. One table says which status a code has.
import { z } from 'zod';
import { knownLogSchema } from './audit-api.ts';

export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  device_proof_required: { status: 400, title: 'A DPoP proof of the device key is required' },
  invalid_device_proof: { status: 401, title: 'The DPoP proof is not valid' },
  unauthenticated: { status: 401, title: 'Who are you?' },
  invalid_checkpoint: { status: 401, title: 'The checkpoint is not signed by this device for this log' },
  fresh_sign_in_required: { status: 401, title: 'Sign in again to do this' },
  forbidden: { status: 403, title: 'You may not do this' },
  denied_by_policy: { status: 403, title: 'Policy refuses this' },
  not_found: { status: 404, title: 'There is no such thing, or it is not yours to see' },
  method_not_allowed: { status: 405, title: 'The resource does not know this method' },
  state_conflict: { status: 409, title: 'The state does not allow this any more' },
  legal_hold: { status: 409, title: 'A legal hold keeps this from being erased' },
  scope_changed: { status: 409, title: 'The scope is not the one that you saw' },
  collect_conflict: { status: 409, title: 'Another desktop or another attempt collected this' },
  idempotency_conflict: { status: 409, title: 'The Idempotency-Key was used for another request' },
  too_early: { status: 409, title: 'It is too early for this' },
  sequence_gap: { status: 409, title: 'These records do not follow the ones that are known' },
  already_answered: { status: 409, title: 'This person has answered already' },
  wrong_host: { status: 421, title: 'This is not a name of this broker' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  wider_than_scope: { status: 422, title: 'A narrowing cannot widen the scope' },
  configuration_refused: { status: 422, title: 'The configuration has problems; the old one stays in force' },
  signed_fork: { status: 422, title: 'The device signed two logs that contradict each other' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something broke on our side' },
  unavailable: { status: 503, title: 'Not ready' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  detail: z.string().optional(),
  /** Where in the body the fault lies, for `invalid_request`. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** RFC 3339: when it is worth another try, for `too_early` and `rate_limited`. */
  retryAt: z.string().optional(),
  /** What is known of the log, for `sequence_gap` and `signed_fork`. */
  known: knownLogSchema.optional(),
  /** The decision, for `denied_by_policy`. */
  decision: z.unknown().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
