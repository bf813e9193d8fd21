// What a handler gives: an answer to send, or a refusal that becomes a problem document (RFC 9457).
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import { PROBLEMS, type Problem, type ProblemCode } from '#shared/contracts/problem.ts';
import { formatInstant, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import type { AccessRefusal } from '#broker/access/refusal.ts';
import type { NotAuthenticated } from '#broker/identity/directory.ts';

export type Answer =
  | { readonly kind: 'json'; readonly status: 200 | 201; readonly body: unknown }
  | { readonly kind: 'text'; readonly type: string; readonly body: string }
  | { readonly kind: 'response'; readonly response: Response }
  | {
      readonly kind: 'refused';
      readonly refusal: AccessRefusal;
      readonly decision?: unknown;
      readonly known?: KnownLog;
    };

export function json(body: unknown, status: 200 | 201 = 200): Answer {
  return { kind: 'json', status, body };
}

export function refused(refusal: AccessRefusal): Answer {
  return { kind: 'refused', refusal };
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function toResponse(answer: Answer): Response {
  switch (answer.kind) {
    case 'json':
      return Response.json(answer.body, { status: answer.status, headers: NO_STORE });
    case 'text':
      return new Response(answer.body, { headers: { ...NO_STORE, 'content-type': answer.type } });
    case 'response':
      return answer.response;
    case 'refused':
      return problem(answer.refusal.code, answer.refusal.detail, {
        ...(answer.decision === undefined ? {} : { decision: answer.decision }),
        ...(answer.known === undefined ? {} : { known: answer.known }),
        ...(answer.refusal.maxAgeMs === undefined ? {} : { challenge: stepUp(answer.refusal.maxAgeMs) }),
        ...(answer.refusal.retryAtMs === undefined ? {} : { retryAt: formatInstant(answer.refusal.retryAtMs) }),
      });
  }
}

type More = Partial<Pick<Problem, 'errors' | 'decision' | 'known'>> & {
  readonly retryAt?: string;
  /** What a 401 asks for (`WWW-Authenticate`), where it is not a device proof. */
  readonly challenge?: string;
};

const PROOF_CHALLENGE = 'DPoP algs="EdDSA ES256"';

/** RFC 9470 section 3: which sign-in would do. */
function stepUp(maxAgeMs: DurationMs): string {
  const description = 'A more recent sign-in is required';
  const maxAge = Math.floor(maxAgeMs / SECOND_MS);
  return `Bearer realm="daypass", error="insufficient_user_authentication", error_description="${description}", max_age="${maxAge}"`;
}

/** RFC 6750 section 3: who presents nothing is told of no error. */
const CHALLENGES: Readonly<Record<Exclude<NotAuthenticated, 'unavailable'>, string>> = {
  no_credentials: 'Bearer realm="daypass"',
  invalid_token: 'Bearer realm="daypass", error="invalid_token"',
  disabled: 'Bearer realm="daypass", error="invalid_token"',
};

/** Why a caller is nobody to us. The finer reason is for our log: it would help whoever forges tokens. */
export function notAuthenticated(why: NotAuthenticated): Response {
  return why === 'unavailable'
    ? problem('unavailable', 'Nobody can be recognised at this moment.')
    : problem('unauthenticated', why, { challenge: `${CHALLENGES[why]}, ${PROOF_CHALLENGE}` });
}

/** A problem document. `detail` never carries a secret, a stack or another person's data. */
export function problem(code: ProblemCode, detail?: string, more: More = {}): Response {
  const { status, title } = PROBLEMS[code];
  const { challenge: _header, ...members } = more;
  const body = {
    type: `urn:daypass:problem:${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...members,
  };
  const challenge = status === 401 ? { 'www-authenticate': more.challenge ?? PROOF_CHALLENGE } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...NO_STORE, ...challenge, 'content-type': 'application/problem+json' },
  });
}
