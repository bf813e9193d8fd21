// Access that nobody used: it was not needed, or not for what was said.
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { Examined, Facts } from './deviation.ts';

export function neverUsed({ usesAreSeen, uses, endReason, startsAtMs, endedAtMs }: Examined): Facts | null {
  if (!usesAreSeen || uses.count > 0) return null;
  // It went on as another grant, or never was handed over.
  if (endReason === 'replaced' || endReason === 'activation_failed') return null;
  return { held_minutes: Math.round((endedAtMs - startsAtMs) / MINUTE_MS) };
}
