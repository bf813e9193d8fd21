// Sleep, wake, lock and unlock, from whichever source a platform has; and whether somebody is at the machine.
import { powerMonitor } from 'electron';
import type { Log, PresencePort } from '../agent/ports.ts';
import { SECOND_MS } from '#shared/domain/time.ts';

export type PowerEvent = 'suspend' | 'resume' | 'lock' | 'unlock';

export type Power = {
  readonly presence: PresencePort;
  readonly subscribe: (listener: (event: PowerEvent) => void) => void;
  /** Linux only: starts to listen to the login service, if there is one. Late is fine: it tells the state it finds. */
  readonly watchLogins: () => Promise<void>;
  readonly close: () => void;
};

// Only to ask whether the screen is locked; the idle time itself is asked elsewhere.
const ANY_THRESHOLD_SECONDS = 60;

/** After the app is ready. `systemBus`: its address, as the environment names it. Each change is told once, also when two sources tell it. */
export function watchPower(log: Log, systemBus: string | null): Power {
  const listeners = new Set<(event: PowerEvent) => void>();
  let locked = powerMonitor.getSystemIdleState(ANY_THRESHOLD_SECONDS) === 'locked';
  let asleep = false;
  let stop = (): void => {};

  const tell = (event: PowerEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const setLocked = (now: boolean): void => {
    if (locked === now) return;
    locked = now;
    tell(now ? 'lock' : 'unlock');
  };
  const setAsleep = (now: boolean): void => {
    if (asleep === now) return;
    asleep = now;
    tell(now ? 'suspend' : 'resume');
  };

  powerMonitor.on('suspend', () => setAsleep(true));
  // A wake is told even when the sleep was not: missing a deadline is worse than looking twice.
  powerMonitor.on('resume', () => (asleep ? setAsleep(false) : tell('resume')));
  if (process.platform !== 'linux') {
    powerMonitor.on('lock-screen', () => setLocked(true));
    powerMonitor.on('unlock-screen', () => setLocked(false));
  }
  return {
    presence: { locked: () => locked, idleMs: () => powerMonitor.getSystemIdleTime() * SECOND_MS },
    subscribe: (listener) => listeners.add(listener),
    watchLogins: async () => {
      if (process.platform !== 'linux') return;
      const { watchLogind } = await import('./logind.ts');
      stop = await watchLogind({ busAddress: systemBus, onLocked: setLocked, onAsleep: setAsleep, log });
    },
    close: () => {
      listeners.clear();
      stop();
    },
  };
}
