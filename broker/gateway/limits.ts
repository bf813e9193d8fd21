// Every limit of the gateway in one place: sizes in bytes, times in milliseconds. Only numbers, no behaviour.
import type { DurationMs } from '#shared/domain/time.ts';

export type GatewayLimits = {
  /** Longest request target (path and query). */
  readonly targetBytes: number;
  readonly requestHeaderBytes: number;
  readonly requestBodyBytes: number;
  /** Longest silence of a caller inside its own upload. */
  readonly uploadIdleMs: DurationMs;
  /** How long a caller may take for its request headers. */
  readonly requestHeadersMs: DurationMs;
  readonly connections: number;
  readonly upstreamHeaderBytes: number;
  readonly upstreamConnectMs: DurationMs;
  /** From the end of the upload to the upstream's complete response headers, however slowly they drip. */
  readonly upstreamHeadersMs: DurationMs;
  /** Longest silence of the upstream inside its response (server-sent events may pause). */
  readonly upstreamIdleMs: DurationMs;
  readonly listingEntries: number;
  /** Longest CSV record or JSON line that the masker holds in memory. */
  readonly maskRecordBytes: number;
  /** Largest JSON document (not JSON Lines) that is masked: it is held in memory whole. */
  readonly maskDocumentBytes: number;
  /** How long `close` lets running calls finish before it cuts them. */
  readonly closeGraceMs: DurationMs;
};

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  targetBytes: 8 * KIB,
  requestHeaderBytes: 16 * KIB,
  requestBodyBytes: 1024 * MIB,
  uploadIdleMs: 60_000,
  requestHeadersMs: 10_000,
  connections: 1024,
  upstreamHeaderBytes: 16 * KIB,
  upstreamConnectMs: 5_000,
  upstreamHeadersMs: 120_000,
  upstreamIdleMs: 300_000,
  listingEntries: 10_000,
  maskRecordBytes: MIB,
  maskDocumentBytes: 8 * MIB,
  closeGraceMs: 2_000,
};
