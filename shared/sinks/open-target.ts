// Makes of a configured sink what delivers to it. A secret that is missing or no secret is a state of the sink, not an
// error: the others deliver.
import { assertNever, err, ok, type Result } from '../domain/result.ts';
import type { Clock } from '../domain/time.ts';
import { fileTarget } from './file.ts';
import type { Service } from './otlp-request.ts';
import { otlpTarget } from './otlp.ts';
import { openSender } from './send.ts';
import type { OpenedSink } from './sinks.ts';
import type { Target } from './target.ts';
import type { SinkTimes } from './times.ts';
import { webhookKey, webhookTarget } from './webhook.ts';

export type TargetParts = {
  readonly clock: Clock;
  readonly times: SinkTimes;
  readonly service: Service;
  /** PEM certificates that are trusted; absent: those of the system and of the program. */
  readonly authorities?: readonly string[];
};

/** What may stand in a header: visible characters and spaces between them, of ASCII. */
const HEADER_VALUE = /^[!-~](?:[ -~]*[!-~])?$/;

export function openTarget(
  { sink, secret }: OpenedSink,
  parts: TargetParts,
): Result<Target, 'no_secret' | 'bad_secret'> {
  const { clock, times, service } = parts;
  const senderFor = (url: string) =>
    openSender({
      url,
      connectMs: times.connectMs,
      answerMs: times.answerMs,
      ...(parts.authorities !== undefined && { authorities: parts.authorities }),
    });
  switch (sink.kind) {
    case 'file':
      return ok(fileTarget(sink));
    case 'webhook': {
      if (secret === null) return err('no_secret');
      const key = webhookKey(secret);
      return key === null ? err('bad_secret') : ok(webhookTarget({ sender: senderFor(sink.url), clock, key }));
    }
    case 'otlp': {
      const header = sink.header === undefined ? null : { name: sink.header.name, value: secret };
      if (header === null) return ok(otlpTarget({ sender: senderFor(sink.url), clock, service, header }));
      const { name, value } = header;
      if (value === null) return err('no_secret');
      if (!HEADER_VALUE.test(value)) return err('bad_secret');
      return ok(otlpTarget({ sender: senderFor(sink.url), clock, service, header: { name, value } }));
    }
    default:
      return assertNever(sink);
  }
}
