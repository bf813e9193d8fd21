// Which headers pass the gateway, each way: a base list and what the catalog adds. Some never pass, whatever the
// catalog says: credentials, cookies, hop-by-hop headers, and those that rewrite where a request goes.
import type { HttpUpstream } from '#shared/contracts/catalog.ts';

export type HeaderValues = Readonly<Record<string, string | string[] | undefined>>;

const REQUEST_BASE = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];
const RESPONSE_BASE = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'retry-after',
];
/** Meaningless or dangerous for a view whose bytes change on the way. */
const NOT_FOR_MASKED = [
  'accept-encoding',
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
];

const NEVER = new Set([
  ...['authorization', 'authentication-info', 'cookie', 'cookie2', 'set-cookie', 'set-cookie2', 'www-authenticate'],
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host', 'http2-settings'],
  ...['forwarded', 'via', 'x-real-ip', 'x-host', 'x-client-ip', 'x-cluster-client-ip', 'true-client-ip', 'client-ip'],
  ...['x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-method', 'x-original-url'],
  ...['x-original-host', 'x-rewrite-url', 'x-accel-redirect', 'x-sendfile', 'location', 'refresh', 'link', 'origin'],
  ...['alt-svc', 'clear-site-data', 'strict-transport-security', 'public-key-pins', 'service-worker-allowed'],
  ...['content-security-policy', 'x-content-type-options', 'referrer-policy', 'cache-control'],
]);
const NEVER_PREFIX = /^(?:proxy-|x-forwarded-|sec-|access-control-)/;
// oxlint-disable-next-line no-control-regex -- exactly these may not be in a header's value
const UNSAFE_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function nominated(connection: string | string[] | undefined): readonly string[] {
  return [connection ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase());
}

function pick(headers: HeaderValues, allowed: readonly string[]): Record<string, string> {
  const hopByHop = nominated(headers['connection']);
  const picked: Record<string, string> = {};
  for (const name of allowed) {
    const value = headers[name];
    if (value === undefined || hopByHop.includes(name)) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (!UNSAFE_VALUE.test(text)) picked[name] = text;
  }
  return picked;
}

/** What may pass at one upstream: worked out once, since every call asks. */
type Allowed = {
  readonly request: readonly string[];
  readonly maskedRequest: readonly string[];
  readonly response: readonly string[];
};

const allowedAt = new WeakMap<HttpUpstream, Allowed>();

function allowedFor(upstream: HttpUpstream): Allowed {
  const known = allowedAt.get(upstream);
  if (known !== undefined) return known;
  const secretHeader = upstream.secret?.header.toLowerCase();
  const request = passing([...REQUEST_BASE, ...upstream.requestHeaders]).filter((name) => name !== secretHeader);
  const allowed = {
    request,
    maskedRequest: request.filter((name) => !NOT_FOR_MASKED.includes(name)),
    response: passing([...RESPONSE_BASE, ...upstream.responseHeaders]),
  };
  // A loaded catalog is frozen; what can still change is asked anew each time.
  if (Object.isFrozen(upstream)) allowedAt.set(upstream, allowed);
  return allowed;
}

function passing(listed: readonly string[]): readonly string[] {
  return listed.map((name) => name.toLowerCase()).filter((name) => !NEVER.has(name) && !NEVER_PREFIX.test(name));
}

/** What of the caller's headers the upstream gets. The header that carries the upstream's secret is never the caller's. */
export function requestHeaders(caller: HeaderValues, upstream: HttpUpstream, masked: boolean): Record<string, string> {
  const { request, maskedRequest } = allowedFor(upstream);
  const picked = pick(caller, masked ? maskedRequest : request);
  // A body that may have to be masked or searched for the secret must come as it is.
  if (masked || upstream.secret !== undefined) picked['accept-encoding'] = 'identity';
  return picked;
}

/** What of the upstream's headers the caller gets. A value that contains the upstream's secret never passes. */
export function responseHeaders(
  answered: HeaderValues,
  upstream: HttpUpstream,
  secret: string | null,
): Record<string, string> {
  const picked = pick(answered, allowedFor(upstream).response);
  if (secret === null) return picked;
  return Object.fromEntries(Object.entries(picked).filter(([, value]) => !value.includes(secret)));
}
