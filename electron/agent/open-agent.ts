// Opens the desktop's core on the broker that is to be used: the embedded one, unless the person or the organisation chose
// a team's. What is overdue on this machine is wiped before it resolves.
import type { Agent, AgentOptions } from './agent.ts';
import { systemTimers } from './clock.ts';
import { openNetwork } from './connection/https-fetch.ts';
import { openSwitchingAgent } from './connection/switching-agent.ts';
import { openKeychain } from './keychain.ts';

/** Under this name the app's items are kept in the keychain. */
export const KEYCHAIN_SERVICE = 'io.daypass.desktop';

/**
 * Refuses with a StoreError when the desktop's own database cannot be opened; then no credential is left on this machine,
 * unless another app has that database.
 */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const keychain = openKeychain({ service: KEYCHAIN_SERVICE, timers: systemTimers });
  return await openSwitchingAgent(options, { keychain, network: openNetwork(), timers: systemTimers });
}
