// An emergency is always looked at afterwards.
import type { Examined, Facts } from './deviation.ts';

export function breakGlass(access: Pick<Examined, 'breakGlass'>): Facts | null {
  return access.breakGlass ? {} : null;
}
