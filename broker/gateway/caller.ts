// What the request's own headers say before anything is looked up: which host it means, whether a web page sent it,
// and which bearer token it carries. A header that counts and comes twice is refused.
import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '#shared/domain/result.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const SINGLE = new Set(['host', 'authorization', 'content-length', 'content-type', 'range', 'transfer-encoding']);
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]{1,4096}=*)$/i;

export type CallerRefusal = 'invalid_request' | 'wrong_host' | 'browser_refused' | 'method_not_allowed';

/** True when the request says one of these headers (in lower case) twice. */
export function repeatsHeader(request: IncomingMessage, single: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    if (!single.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

/** True when the request brings a body, by its framing headers (RFC 9112 section 6). */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * True when the body is framed in a way that others on the path may read otherwise (RFC 9112 section 6.1): a coding
 * beside or instead of `chunked`, or chunks from who speaks HTTP/1.0.
 */
export function isFramedOddly({ headers, httpVersion }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1');
}

function isFromWebPage(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return request.headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin');
}

/**
 * Refuses what no tool of the holder sends: another Host (DNS rebinding), a web page's call, a repeated header,
 * an unknown method, a body where none belongs.
 */
export function checkCaller(request: IncomingMessage, hostNames: ReadonlySet<string>): Result<string, CallerRefusal> {
  if (repeatsHeader(request, SINGLE) || isFramedOddly(request)) return err('invalid_request');
  if (!hostNames.has((request.headers.host ?? '').toLowerCase())) return err('wrong_host');
  if (isFromWebPage(request)) return err('browser_refused');
  const method = request.method ?? '';
  if (!METHODS.has(method)) return err('method_not_allowed');
  if ((method === 'GET' || method === 'HEAD') && hasBody(request)) return err('invalid_request');
  return ok(method);
}

/** The token of `Authorization: Bearer` (RFC 6750 section 2.1), the only place where one is read; null: none. */
export function bearerToken(request: IncomingMessage): string | null {
  return BEARER.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** The Host values that name a listener: loopback names with its port, and the configured ones as they are written. */
export function listenerNames(host: string, port: number, configured: readonly string[]): ReadonlySet<string> {
  const bare = host.includes(':') ? `[${host}]` : host;
  const own = ['127.0.0.1', 'localhost', '[::1]', bare].map((name) => `${name}:${port}`);
  return new Set([...own, ...configured].map((name) => name.toLowerCase()));
}
