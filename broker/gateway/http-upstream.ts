// Calls an HTTP upstream: its own secret instead of the caller's token, judged addresses, no redirects, time limits.
// Nothing of the upstream's errors and nothing of its secret ever reaches the caller.
import type { IncomingMessage } from 'node:http';
import { errors } from 'undici';
import type { HttpUpstream } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Answer, NoAnswer } from './answer.ts';
import { requestHeaders, responseHeaders } from './forwarded-headers.ts';
import type { Lease } from './lease.ts';
import type { GatewayLimits } from './limits.ts';
import type { RequestTarget } from './request-target.ts';
import { withholdSecret } from './secret-in-answer.ts';
import { AddressRefusedError, type UpstreamConnections } from './upstream-connections.ts';

export type HttpCall = {
  readonly upstream: HttpUpstream;
  readonly method: string;
  readonly target: RequestTarget;
  readonly request: IncomingMessage;
  /** The caller's body, counted and limited; null: none. */
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly masked: boolean;
  readonly lease: Lease;
};

type HttpUpstreamDeps = {
  readonly limits: GatewayLimits;
  readonly connections: UpstreamConnections;
  readonly secret: (reference: string) => Promise<string>;
};

const HEADER_VALUE = /^[\t\x20-\x7e]+$/;

async function readSecret(
  deps: HttpUpstreamDeps,
  upstream: HttpUpstream,
): Promise<Result<string | null, 'secret_unavailable'>> {
  if (upstream.secret === undefined) return ok(null);
  try {
    const secret = await deps.secret(upstream.secret.from);
    return HEADER_VALUE.test(secret) ? ok(secret) : err('secret_unavailable');
  } catch {
    return err('secret_unavailable');
  }
}

function classify(error: unknown): NoAnswer {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.ConnectTimeoutError) {
    return { problem: 'upstream_timeout', reason: 'upstream_timeout' };
  }
  if (error instanceof AddressRefusedError) return { problem: 'upstream_failed', reason: 'upstream_address_refused' };
  return { problem: 'upstream_failed', reason: 'upstream_failed' };
}

/** A redirect is refused, and 401 or 407 is about the broker's secret, not about the caller's token. */
function judgeStatus(status: number): NoAnswer | null {
  if (status >= 300 && status < 400 && status !== 304)
    return { problem: 'upstream_redirect', reason: 'upstream_redirect' };
  if (status === 401 || status === 407) return { problem: 'upstream_unauthorised', reason: 'upstream_unauthorised' };
  return null;
}

function upstreamPath(upstream: HttpUpstream, target: RequestTarget): string {
  return `${new URL(upstream.url).pathname.replace(/\/+$/, '')}${target.path}${target.query}`;
}

async function* refreshing(timer: NodeJS.Timeout, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    timer.refresh();
    yield chunk;
  }
}

/** Calls the upstream and gives its answer as soon as its headers are there. */
export async function callHttpUpstream(deps: HttpUpstreamDeps, call: HttpCall): Promise<Result<Answer, NoAnswer>> {
  const { upstream, lease } = call;
  const secret = await readSecret(deps, upstream);
  if (!secret.ok) return err({ problem: 'upstream_failed', reason: secret.error });
  const headers = requestHeaders(call.request.headers, upstream, call.masked);
  if (upstream.secret !== undefined && secret.value !== null) {
    headers[upstream.secret.header.toLowerCase()] = `${upstream.secret.prefix}${secret.value}`;
  }
  // To the whole header block, however it drips; every piece of the upload starts the time again.
  const deadline = setTimeout(() => lease.cut('upstream_timeout'), deps.limits.upstreamHeadersMs);
  try {
    const response = await deps.connections.agentFor(upstream).request({
      origin: new URL(upstream.url).origin,
      path: upstreamPath(upstream, call.target),
      method: call.method,
      headers,
      // undici takes any async iterable; its type names streams only.
      body: call.body === null ? null : (refreshing(deadline, call.body) as unknown as Buffer),
      signal: lease.signal,
    });
    const discard = async (): Promise<void> => void response.body.on('error', () => undefined).destroy();
    const refusal = judgeStatus(response.statusCode);
    if (refusal !== null) {
      await discard();
      return err(refusal);
    }
    const empty = call.method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304;
    const body = empty
      ? null
      : secret.value === null
        ? response.body
        : withholdSecret(response.body, secret.value, lease);
    return ok({
      status: response.statusCode,
      headers: responseHeaders(response.headers, upstream, secret.value),
      body,
      discard,
    });
  } catch (error) {
    return err(classify(error));
  } finally {
    clearTimeout(deadline);
  }
}
