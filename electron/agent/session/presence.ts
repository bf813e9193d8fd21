// Whether the person is there: only then does access begin without a click.
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { PresencePort } from '../ports.ts';
import type { TrustedTime } from '../time-port.ts';

const RECENT_USE_MS = 5 * MINUTE_MS;

/** A clock that jumped counts as nobody being there: what would begin now could end at any time. */
export function isPresent(presence: PresencePort, time: Pick<TrustedTime, 'jump'>): boolean {
  return !presence.locked() && presence.idleMs() < RECENT_USE_MS && time.jump() === null;
}
