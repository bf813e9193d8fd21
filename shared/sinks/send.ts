// The only way out of sinks: one POST to the configured address. TLS is always checked, no proxy of the environment sees
// a record, no redirect carries one elsewhere, in clear only this machine is spoken to, and no answer is endless.
import { Agent, errors, request } from 'undici';
import type { DurationMs } from '../domain/time.ts';
import { checkedConnector } from '../network/checked-connector.ts';
import type { SinkProblem } from './sinks.ts';

export type Sent =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | null;
      /** Null: longer than any answer needs to be, or not asked for. */
      readonly body: string | null;
    }
  | { readonly kind: 'failed'; readonly code: Extract<SinkProblem, 'unreachable' | 'timed_out' | 'tls_failed'> };

export type Post = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether what the answer says counts, beside its status. */
  readonly readAnswer: boolean;
};

export type Sender = {
  /** Never rejects. The errors of the machinery stay here: they may quote an address or a header. */
  readonly post: (post: Post, signal: AbortSignal) => Promise<Sent>;
  readonly close: () => Promise<void>;
};

export type SenderOptions = {
  readonly url: string;
  readonly connectMs: DurationMs;
  readonly answerMs: DurationMs;
  /** PEM certificates that are trusted; absent: those of the system and of the program. */
  readonly authorities?: readonly string[];
};

const MOST_ANSWER_BYTES = 64 * 1024;

export function openSender({ url, connectMs, answerMs, authorities }: SenderOptions): Sender {
  // Made when it is needed: reading the system's authorities takes its time.
  let agent: Agent | null = null;
  const open = (): Agent =>
    new Agent({
      connect: checkedConnector(authorities, connectMs),
      connections: 2,
      pipelining: 1,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      maxHeaderSize: 16 * 1024,
    });
  return {
    async post({ headers, body, readAnswer }, signal) {
      // Over all: an answer that comes byte by byte resets every timeout between two pieces.
      const deadline = AbortSignal.timeout(connectMs + answerMs);
      try {
        const answer = await request(url, {
          dispatcher: (agent ??= open()),
          method: 'POST',
          headers: { 'user-agent': 'daypass', ...headers },
          body,
          signal: AbortSignal.any([signal, deadline]),
        });
        answer.body.on('error', () => undefined);
        const { 'retry-after': retryAfter } = answer.headers;
        const text = await readBody(answer.body, readAnswer);
        return {
          kind: 'answered',
          status: answer.statusCode,
          retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
          body: text,
        };
      } catch (error) {
        return { kind: 'failed', code: codeOf(error, deadline.aborted) };
      }
    },
    close: async () => await agent?.destroy(),
  };
}

type Body = AsyncIterable<Uint8Array> & { readonly destroy: () => unknown };

async function readBody(body: Body, wanted: boolean): Promise<string | null> {
  if (!wanted) {
    body.destroy();
    return null;
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > MOST_ANSWER_BYTES) {
      body.destroy();
      return null;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** What OpenSSL and Node call a certificate that is not good, or a TLS that is none. */
const TLS_CODE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED)/;

function codeOf(error: unknown, late: boolean): Extract<Sent, { kind: 'failed' }>['code'] {
  if (late) return 'timed_out';
  if (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  )
    return 'timed_out';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return TLS_CODE.test(code) ? 'tls_failed' : 'unreachable';
}
