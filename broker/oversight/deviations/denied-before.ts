// Somebody or some policy said no to the same human for the same resource shortly before.
import { DAY_MS } from '#shared/domain/time.ts';
import type { Examined, Facts } from './deviation.ts';

export function deniedBefore({ startsAtMs, holder }: Examined): Facts | null {
  const { refusedAtMs } = holder;
  if (refusedAtMs.length === 0) return null;
  const days = Math.floor((startsAtMs - Math.max(...refusedAtMs)) / DAY_MS);
  return { refusals: refusedAtMs.length, days_before: Math.max(0, days) };
}
