// Reads a request target into one canonical form, or refuses it. What the action map matches is byte for byte what
// the upstream gets: nothing is ever decoded twice, and no segment may mean something else to another parser.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { ResourceId } from '#shared/domain/scope.ts';

export type RequestTarget = {
  readonly resource: ResourceId;
  /** Canonical path below the resource's prefix, percent-encoded as RFC 3986 section 6.2.2 normalises it. */
  readonly path: string;
  /** The path's segments, decoded once; the last one is empty when the path ends with a slash. */
  readonly segments: readonly string[];
  /** With its question mark, or empty. */
  readonly query: string;
};

export type TargetRefusal = 'invalid_request' | 'target_too_long' | 'not_found';

const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
const QUERY = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]|^`{}<>"]|%[0-9A-Fa-f]{2})*$/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const FORBIDDEN_IN_SEGMENT = /[/\\\u0000-\u001f\u007f-\u009f\ufeff\u2028\u2029]|%[0-9A-Fa-f]{2}/;
/** `.` and `..`, also with path parameters behind them (`..;x`), and longer runs that some file systems collapse. */
const DOT_SEGMENT = /^\.+\s*(?:;|$)/;
/** Keys that frameworks read as another method or as a credential: neither may come in by the query. */
const REFUSED_QUERY_KEYS = new Set([
  '_method',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'access_token',
]);
const PREFIX = /^\/gateway\/(dataset|model)\/([a-z0-9][a-z0-9._-]{0,62})(?:(\/.*))?$/s;

function canonicalSegment(raw: string): string {
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
}

/** Decodes once. Null for broken UTF-8 and for everything that could be read as more than one plain segment. */
function decodeSegment(raw: string): string | null {
  try {
    const decoded = decodeURIComponent(raw);
    return FORBIDDEN_IN_SEGMENT.test(decoded) || DOT_SEGMENT.test(decoded) ? null : decoded;
  } catch {
    return null;
  }
}

function isQueryRefused(query: string): boolean {
  if (!QUERY.test(query)) return true;
  return [...new URLSearchParams(query).keys()].some((key) => REFUSED_QUERY_KEYS.has(key.trim().toLowerCase()));
}

/**
 * Reads an origin-form request target (RFC 9112 section 3.2.1) below `/gateway/{kind}/{name}`.
 * Refuses absolute, authority and asterisk forms, empty and dot segments, encoded slashes and backslashes, double
 * encodings, control characters, broken UTF-8, fragments, and query keys that override the method or carry a token.
 */
export function parseRequestTarget(target: string, maxBytes: number): Result<RequestTarget, TargetRefusal> {
  if (target.length > maxBytes) return err('target_too_long');
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (!PATH.test(rawPath) || isQueryRefused(query.slice(1))) return err('invalid_request');
  const rawSegments = rawPath.split('/').slice(1);
  const decoded: string[] = [];
  for (const [index, raw] of rawSegments.entries()) {
    const segment = decodeSegment(raw);
    const empty = raw === '' && index < rawSegments.length - 1;
    if (segment === null || empty) return err('invalid_request');
    decoded.push(segment);
  }
  const prefix = PREFIX.exec(`/${rawSegments.map(canonicalSegment).join('/')}`);
  if (prefix === null) return err('not_found');
  const [, kind, name, path = '/'] = prefix;
  const segments = decoded.length > 3 ? decoded.slice(3) : [''];
  return ok({ resource: `${kind}:${name}`, path, segments, query });
}
