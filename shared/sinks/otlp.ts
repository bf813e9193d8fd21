// A sink that speaks OTLP/HTTP with JSON (opentelemetry.io/docs/specs/otlp): each record one log record, its exact bytes
// the body. A partial success is never sent again.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { Clock } from '../domain/time.ts';
import { judgeAnswer } from './judge-answer.ts';
import { otlpRequest, type Service } from './otlp-request.ts';
import type { Sender } from './send.ts';
import { ACCEPTED, failed, type Outcome, type Target } from './target.ts';

export type OtlpOptions = {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly service: Service;
  readonly header: { readonly name: string; readonly value: string } | null;
};

const compress = promisify(gzip);
const UNSUPPORTED_MEDIA = 415;

export function otlpTarget({ sender, clock, service, header }: OtlpOptions): Target {
  let compressed = true;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(header !== null && { [header.name]: header.value }),
  };
  return {
    most: { records: 512, bytes: 512 * 1024 },
    async send({ records }, signal) {
      const plain = Buffer.from(JSON.stringify(otlpRequest(records, service, clock.now())));
      const post = async (small: boolean) =>
        await sender.post(
          {
            headers: small ? { ...headers, 'content-encoding': 'gzip' } : headers,
            body: small ? await compress(plain) : plain,
            readAnswer: true,
          },
          signal,
        );
      let sent = await post(compressed);
      if (compressed && sent.kind === 'answered' && sent.status === UNSUPPORTED_MEDIA) {
        compressed = false;
        sent = await post(false);
      }
      return judgeAnswer(sent, clock.now(), (body) => judgeBody(body, records.length));
    },
    close: sender.close,
  };
}

const count = z.union([z.int(), z.string().regex(/^-?\d{1,19}$/)]).transform(Number);
const responseSchema = z.object({
  partialSuccess: z.object({ rejectedLogRecords: count.nullish() }).nullish(),
});

/** An empty body is the message without fields; what is no such message was not written by a receiver of logs. */
function judgeBody(body: string | null, records: number): Outcome {
  if (body === '') return ACCEPTED;
  const parsed = responseSchema.safeParse(parseJson(body));
  if (!parsed.success) return failed('bad_answer', true);
  const rejected = parsed.data.partialSuccess?.rejectedLogRecords ?? 0;
  if (rejected < 0) return failed('bad_answer', true);
  return rejected === 0 ? ACCEPTED : { kind: 'partly_rejected', rejected: Math.min(rejected, records) };
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
