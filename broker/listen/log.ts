// The log of a standalone broker: JSON lines. Only fields that are named here are written; never a header, a body, a
// query, a token, or a text that somebody else wrote.
import pino, { type DestinationStream } from 'pino';

type Fields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export type Log = {
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  /** Something went wrong: what kind it was and where, and its message only if it is known to quote nothing. */
  readonly trouble: (error: unknown, where: string) => void;
};

/** Writes to the stream; absent: to standard output. */
export function createLog(stream?: DestinationStream): Log {
  const options = { base: { name: 'daypass-broker' }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(
    { ...options, formatters: { level: (label: string) => ({ level: label }) } },
    stream ?? pino.destination({ fd: 1, sync: true }),
  );
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    trouble: (error, where) => logger.error({ where, causes: causesOf(error) }, 'trouble'),
  };
}

/** Errors of ours. A parser's, a database's and a header's message ("… is an invalid header value") may quote what it was given. */
const QUOTES_NOTHING = new Set([
  'AccessTokenRefused',
  'EndNotOnRecordError',
  'GatewayListenError',
  'IssuerTimeoutError',
  'LogError',
  'PostgresIssuerError',
  'RangeError',
  'RulesBehindError',
  'SecretError',
  'StoreError',
  'TlsError',
]);
const MOST_CAUSES = 5;

type Cause = { readonly name: string; readonly code?: string; readonly message?: string; readonly at?: string };

function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && causes.length < MOST_CAUSES) {
    const next = queue.shift();
    if (!(next instanceof Error)) {
      causes.push({ name: typeof next });
      continue;
    }
    causes.push(describe(next));
    if (next instanceof AggregateError) queue.push(...(next.errors as unknown[]));
    if (next.cause !== undefined) queue.push(next.cause);
  }
  return causes;
}

function describe(error: Error): Cause {
  const { name } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code.slice(0, 60) } : {};
  const message = QUOTES_NOTHING.has(name) ? { message: error.message.slice(0, 500) } : {};
  // The first line of a stack is the message.
  const frame = /\n\s+at (.{1,200})/.exec(error.stack ?? '')?.[1];
  return { name: name.slice(0, 60), ...code, ...message, ...(frame === undefined ? {} : { at: frame }) };
}
