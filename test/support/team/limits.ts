// Limits that no load of a test or a benchmark reaches: what is to be seen there is not the limits.
import type { Document } from 'yaml';

const MANY = 1_000_000;

export function withoutLimits(config: Document): void {
  for (const name of [
    'readsPerMinute',
    'requestsPerMinute',
    'answersPerMinute',
    'collectsPerMinute',
    'appendsPerMinute',
  ])
    config.setIn(['rateLimits', name], MANY);
  config.setIn(['limits', 'dryRunsPerMinute'], MANY);
  config.setIn(['limits', 'pendingPerSubject'], 10_000);
}
