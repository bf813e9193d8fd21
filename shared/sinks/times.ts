// How long a sink waits for what. Given by tests in small.
import { HOUR_MS, MINUTE_MS, SECOND_MS, type DurationMs } from '../domain/time.ts';

export type SinkTimes = {
  /** After a record came: others that come meanwhile travel with it. */
  readonly gatherMs: DurationMs;
  /** The first pause after trouble; doubled each time. */
  readonly firstRetryMs: DurationMs;
  /** The same for what needs a person. */
  readonly firstSlowRetryMs: DurationMs;
  readonly lastRetryMs: DurationMs;
  /** No receiver may ask for more. */
  readonly mostRetryAfterMs: DurationMs;
  readonly connectMs: DurationMs;
  /** From the connection to the end of the answer. */
  readonly answerMs: DurationMs;
  /** How often it is looked at what others did, and what may have been missed. */
  readonly lookMs: DurationMs;
  /** How long who delivers may be silent until another one does. */
  readonly leaseMs: DurationMs;
  /** How long closing waits for what hangs. */
  readonly closeMs: DurationMs;
};

export const SINK_TIMES: SinkTimes = {
  gatherMs: 200,
  firstRetryMs: SECOND_MS,
  firstSlowRetryMs: 30 * SECOND_MS,
  lastRetryMs: 5 * MINUTE_MS,
  mostRetryAfterMs: HOUR_MS,
  connectMs: 10 * SECOND_MS,
  answerMs: 30 * SECOND_MS,
  lookMs: 3 * SECOND_MS,
  leaseMs: 15 * SECOND_MS,
  closeMs: 5 * SECOND_MS,
};
