// What owners and administrators ask for: the commands of the window.
import { err } from '#shared/domain/result.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { problemOf } from '../problem-words.ts';

export type OversightCommand =
  | 'who-has-what'
  | 'people'
  | 'revoke-grant'
  | 'end-person'
  | 'set-disabled'
  | 'review'
  | 'answer-finding'
  | 'changes'
  | 'answer-change';

export function oversightCommands(_parts: CommandParts): Pick<AgentCommands, OversightCommand> {
  return {
    'who-has-what': async () => err(problemOf('internal')),
    people: async () => err(problemOf('internal')),
    'revoke-grant': async () => err(problemOf('internal')),
    'end-person': async () => err(problemOf('internal')),
    'set-disabled': async () => err(problemOf('internal')),
    review: async () => err(problemOf('internal')),
    'answer-finding': async () => err(problemOf('internal')),
    changes: async () => err(problemOf('internal')),
    'answer-change': async () => err(problemOf('internal')),
  };
}
