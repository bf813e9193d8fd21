// What a handler gives: an answer to send, or a refusal that becomes a problem document (RFC 9457).
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import { PROBLEMS, type Problem, type ProblemCode } from '#shared/contracts/problem.ts';
import { formatInstant } from '#shared/domain/time.ts';
import type { AccessRefusal } from '#broker/access/refusal.ts';

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
        ...(answer.refusal.retryAtMs === undefined ? {} : { retryAt: formatInstant(answer.refusal.retryAtMs) }),
      });
  }
}

type More = Partial<Pick<Problem, 'errors' | 'decision' | 'known'>> & { readonly retryAt?: string };

/** A problem document. `detail` never carries a secret, a stack or another person's data. */
export function problem(code: ProblemCode, detail?: string, more: More = {}): Response {
  const { status, title } = PROBLEMS[code];
  const body = {
    type: `urn:daypass:problem:${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...more,
  };
  const challenge = status === 401 ? { 'www-authenticate': 'DPoP algs="EdDSA ES256"' } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...NO_STORE, ...challenge, 'content-type': 'application/problem+json' },
  });
}
