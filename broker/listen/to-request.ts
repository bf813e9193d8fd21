// One HTTP message as the Request that the API takes, or why it is none. Its URL is the public one: what proofs of
// possession name, whatever Host a proxy sends.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { hasBody, isFramedOddly, repeatsHeader } from '#broker/gateway/caller.ts';

export type NotARequest = 'invalid_request' | 'wrong_host' | 'method_not_allowed';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** What counts, and means something else when it is said twice. */
const SINGLE = new Set([
  'authorization',
  'content-length',
  'content-type',
  'dpop',
  'host',
  'idempotency-key',
  'last-event-id',
  'transfer-encoding',
]);
/** Asked by whoever watches this process, by whatever name they reach it. */
const FOR_PROBES = new Set(['/healthz', '/readyz']);

export type RequestOptions = {
  readonly publicUrl: string;
  readonly hostNames: ReadonlySet<string>;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
};

export function toRequest(message: IncomingMessage, options: RequestOptions): Result<Request, NotARequest> {
  const { method = '', url: target = '' } = message;
  // Origin form only (RFC 9112, section 3.2.1): an absolute one names its own host.
  if (!target.startsWith('/') || repeatsHeader(message, SINGLE)) return err('invalid_request');
  if (isFramedOddly(message)) return err('invalid_request');
  if (!METHODS.has(method)) return err('method_not_allowed');
  if (!isForUs(message, options.hostNames) && !FOR_PROBES.has(target)) return err('wrong_host');
  const bodyless = method === 'GET' || method === 'HEAD';
  if (bodyless && hasBody(message)) return err('invalid_request');
  const url = `${options.publicUrl}${target}`;
  if (!URL.canParse(url)) return err('invalid_request');
  const { signal } = options;
  const headers = headersOf(message);
  if (headers === null) return err('invalid_request');
  if (bodyless || !hasBody(message)) return ok(new Request(url, { method, headers, signal }));
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  // The types of fetch in the library and in Node differ in name only.
  return ok(new Request(url, { method, headers, signal, body: body as never, duplex: 'half' }));
}

/** A configured name, or the very socket that the call came in by. A web page that rebinds its own name has neither. */
function isForUs({ headers, socket }: IncomingMessage, hostNames: ReadonlySet<string>): boolean {
  const host = (headers.host ?? '').toLowerCase();
  if (hostNames.has(host)) return true;
  const address = (socket.localAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  return host === `${address.includes(':') ? `[${address}]` : address}:${socket.localPort}`;
}

function headersOf(message: IncomingMessage): Headers | null {
  const headers = new Headers();
  try {
    for (const [name, value] of Object.entries(message.headers)) {
      for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
    }
    return headers;
  } catch {
    return null;
  }
}
