// Opens the desktop's core: session, vault and outbox as one agent.
import type { Agent, AgentOptions } from './agent.ts';

/** The parts are put together in a branch of their own. */
export async function openAgent(_options: AgentOptions): Promise<Agent> {
  throw new Error('the agent is not put together yet');
}
