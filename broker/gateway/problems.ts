// Every answer that the gateway gives by itself: one table of codes, and the writer of RFC 9457 problems.
// The caller gets a code and a title, never a reason from inside.
import type { ServerResponse } from 'node:http';

export const GATEWAY_PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'A bearer token is required' },
  invalid_token: { status: 401, title: 'The token is not valid, or its access is over' },
  action_not_permitted: { status: 403, title: 'No granted action permits this call' },
  browser_refused: { status: 403, title: 'Calls from web pages are refused' },
  cannot_mask: { status: 403, title: 'Personal data in this answer cannot be masked' },
  not_found: { status: 404, title: 'There is no such thing here' },
  method_not_allowed: { status: 405, title: 'The gateway does not know this method' },
  operation_in_progress: { status: 409, title: 'This access is for one operation, and one is running' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  target_too_long: { status: 414, title: 'The address is too long' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the file' },
  wrong_host: { status: 421, title: 'This is not a name of this gateway' },
  quota_exhausted: { status: 429, title: 'The byte quota of this grant is used up' },
  internal: { status: 500, title: 'Something broke on our side' },
  upstream_failed: { status: 502, title: 'The upstream failed' },
  upstream_redirect: { status: 502, title: 'The upstream answered with a redirect, which is never followed' },
  upstream_unauthorised: { status: 502, title: 'The upstream refused the credentials of the broker' },
  use_not_recorded: { status: 503, title: 'The use could not be recorded, so nothing was opened' },
  closing: { status: 503, title: 'The gateway is closing' },
  upstream_timeout: { status: 504, title: 'The upstream did not answer in time' },
} as const;

export type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS;

/** On every response, also on the upstream's own. */
export const SAFETY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': 'sandbox',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** RFC 6750 section 3: no error code when there was no token at all. */
function challenge(code: GatewayProblemCode): string | null {
  if (code === 'unauthenticated') return 'Bearer realm="daypass"';
  if (code === 'invalid_token') return 'Bearer realm="daypass", error="invalid_token"';
  if (code === 'action_not_permitted') return 'Bearer realm="daypass", error="insufficient_scope"';
  return null;
}

/**
 * Answers with a problem and gives its status. `extra` adds headers, as `content-range` for 416.
 * The connection is closed when the request's body was not read: it is not worth reading.
 */
export function sendProblem(
  response: ServerResponse,
  code: GatewayProblemCode,
  extra: Readonly<Record<string, string>> = {},
): number {
  const { status, title } = GATEWAY_PROBLEMS[code];
  const body = Buffer.from(JSON.stringify({ type: `urn:daypass:problem:${code}`, title, status, code }));
  const authenticate = challenge(code);
  response.writeHead(status, {
    ...SAFETY_HEADERS,
    'content-type': 'application/problem+json',
    'content-length': body.length,
    ...(authenticate === null ? {} : { 'www-authenticate': authenticate }),
    ...(response.req.complete ? {} : { connection: 'close' }),
    ...extra,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
  return status;
}
