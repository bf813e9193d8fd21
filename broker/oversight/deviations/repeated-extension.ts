// Access that was meant to be short became long by one extension after another.
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { Examined, Facts } from './deviation.ts';

const REPEATED = 2;

/** Told once a chain, when it is over. */
export function repeatedExtension({ chain, endReason }: Examined): Facts | null {
  if (chain.extensions < REPEATED || endReason === 'replaced') return null;
  return { extensions: chain.extensions, total_minutes: Math.round(chain.totalMs / MINUTE_MS) };
}
