// What the listeners can say in Prometheus' terms: how many calls, how long they took, when the certificate ends. Labels
// come from the table of routes and from short lists, so nobody can make them many, and no person is in them.
import { Gauge, Histogram, type Metric } from 'prom-client';
import { SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';

export type EndedCall = {
  /** The pattern; null: no route of ours. */
  readonly route: string | null;
  readonly method: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly ms: DurationMs;
};

export type CallMetrics = {
  readonly count: (call: EndedCall) => void;
  readonly setCertificateEnd: (atMs: EpochMs) => void;
  /** To be shown beside the broker's own. */
  readonly metrics: readonly Metric[];
};

const BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** `secure`: there is a certificate. Without one its metric is left out: 0 would look like one that is over. */
export function createCallMetrics({ secure }: { readonly secure: boolean }): CallMetrics {
  const durations = new Histogram({
    name: 'daypass_http_call_duration_seconds',
    help: 'HTTP calls by route, method and class of the answer; an event stream ends when its reader goes',
    labelNames: ['route', 'method', 'status'],
    buckets: BUCKETS_S,
    registers: [],
  });
  const certificate = new Gauge({
    name: 'daypass_tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate ends that new connections get, in seconds since 1970',
    registers: [],
  });
  return {
    count: ({ route, method, status, ms }) =>
      durations.observe(
        {
          route: route ?? 'none',
          method: METHODS.has(method) ? method : 'other',
          status: status === 0 ? 'none' : `${Math.floor(status / 100)}xx`,
        },
        ms / SECOND_MS,
      ),
    setCertificateEnd: (atMs) => certificate.set(atMs / SECOND_MS),
    metrics: secure ? [durations, certificate] : [durations],
  };
}
