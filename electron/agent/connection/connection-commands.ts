// Which broker this desktop uses, and signing in and out: the commands of the window.
import { err } from '#shared/domain/result.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { problemOf } from '../problem-words.ts';

export type ConnectionCommand = 'find-broker' | 'connect' | 'disconnect' | 'sign-in' | 'cancel-sign-in' | 'sign-out';

export function connectionCommands(_parts: CommandParts): Pick<AgentCommands, ConnectionCommand> {
  return {
    'find-broker': async () => err(problemOf('internal')),
    connect: async () => err(problemOf('internal')),
    disconnect: async () => err(problemOf('internal')),
    'sign-in': async () => err(problemOf('internal')),
    'cancel-sign-in': async () => err(problemOf('internal')),
    'sign-out': async () => err(problemOf('internal')),
  };
}
