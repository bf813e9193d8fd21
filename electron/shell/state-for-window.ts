// The agent's state as the window may have it. Parsing strips what the contract does not have: nothing rides along.
import { desktopStateSchema } from '#shared/contracts/desktop/state.ts';
import type { Agent } from '../agent/agent.ts';
import type { Log } from '../agent/ports.ts';
import type { StateSource } from './window.ts';

export function stateForWindow({ state, subscribe }: Pick<Agent, 'state' | 'subscribe'>, log: Log): StateSource {
  return {
    subscribe,
    state: () => {
      const parsed = desktopStateSchema.safeParse(state());
      if (parsed.success) return parsed.data;
      log.trouble('window.state', new Error('the state does not fit its contract'));
      return null;
    },
  };
}
