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
  for (const listed of allowed) {
    const name = listed.toLowerCase();
    const value = headers[name];
    if (value === undefined || NEVER.has(name) || NEVER_PREFIX.test(name) || hopByHop.includes(name)) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (!UNSAFE_VALUE.test(text)) picked[name] = text;
  }
  return picked;
}

/** What of the caller's headers the upstream gets. The header that carries the upstream's secret is never the caller's. */
export function requestHeaders(caller: HeaderValues, upstream: HttpUpstream, masked: boolean): Record<string, string> {
  const dropped = new Set([upstream.secret?.header.toLowerCase(), ...(masked ? NOT_FOR_MASKED : [])]);
  const picked = pick(
    caller,
    [...REQUEST_BASE, ...upstream.requestHeaders].filter((name) => !dropped.has(name.toLowerCase())),
  );
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
  const picked = pick(answered, [...RESPONSE_BASE, ...upstream.responseHeaders]);
  if (secret === null) return picked;
  return Object.fromEntries(Object.entries(picked).filter(([, value]) => !value.includes(secret)));
}
