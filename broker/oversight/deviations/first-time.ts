// The holder never had this resource before. Of what is public nobody needs to know.
import type { Examined, Facts } from './deviation.ts';

export function firstTime({ sensitivity, holder }: Examined): Facts | null {
  if (sensitivity === 'public' || holder.earlierOfResource > 0) return null;
  return { earlier_access: holder.earlierStartsMs.length };
}
