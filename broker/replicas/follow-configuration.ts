// Takes over, on this replica, the rules that came into force on another one. Woken by the ledger, and by itself now and
// then: a wake may be lost. What cannot be taken over is told each time anew, and tried again.
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import type { Configuration } from '#broker/config/configuration.ts';
import { oneAtATime } from './one-at-a-time.ts';

export type FollowConfigurationOptions = {
  readonly configuration: Pick<Configuration, 'follow'>;
  /** Files of this replica came into force. */
  readonly applied: () => Promise<void>;
  /** Told of what could not be read. */
  readonly onTrouble: (error: unknown) => void;
  readonly everyMs?: DurationMs;
};

export type FollowingConfiguration = {
  /** The ledger says that something changed. */
  readonly wake: () => void;
  /** Resolves when what was in force at the time of the call was taken over, or could not be. */
  readonly caughtUp: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export function followConfiguration(options: FollowConfigurationOptions): FollowingConfiguration {
  const { configuration, applied, onTrouble, everyMs = 2 * SECOND_MS } = options;
  const followOnce = async (): Promise<void> => {
    if (await configuration.follow()) await applied();
  };
  const follow = oneAtATime(async () => await followOnce().catch(onTrouble));
  const wake = (): void => void follow();
  const timer = setInterval(wake, everyMs);
  timer.unref();
  wake();
  return {
    wake,
    caughtUp: follow,
    close: async () => {
      clearInterval(timer);
      await follow.ended();
    },
  };
}
