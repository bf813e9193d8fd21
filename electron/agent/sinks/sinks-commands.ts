// What the window may have done to the sinks. A secret that comes with a command goes on to the keychain and nowhere else:
// no answer, no state and no log has it.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { keychainProblem, problemOf } from '../problem-words.ts';
import type { Actor, SinkRefused } from './sinks-port.ts';

export type SinksCommand = 'add-sink' | 'remove-sink' | 'set-sink-secret' | 'test-sink' | 'resend-sink' | 'retry-sinks';

export function sinksCommands({ deps, sinks }: CommandParts): Pick<AgentCommands, SinksCommand> {
  const who = (): Actor => deps.shown()?.book.me()?.subject ?? 'desktop';
  const memoryOnly = (): boolean => deps.kept.value('memory_only') === 'yes';
  return {
    'add-sink': async (wish) => answered(await sinks.add(wish, who(), memoryOnly())),
    'remove-sink': async ({ name }) => answered(await sinks.remove(name, who())),
    'set-sink-secret': async ({ name, secret }) => answered(await sinks.setSecret(name, secret, who(), memoryOnly())),
    'test-sink': async ({ name }) => answered(await sinks.test(name, who())),
    'resend-sink': async ({ name }) => {
      const sent = await sinks.resend(name, who());
      return sent.ok ? ok({ records: sent.value }) : answered(sent);
    },
    'retry-sinks': async () => {
      deps.outbox.syncNow();
      await sinks.retry();
      return ok(null);
    },
  };
}

function answered<T>(done: Result<T, SinkRefused>): Result<T, CommandProblem> {
  return done.ok ? done : err(sinkProblem(done.error));
}

function sinkProblem(refused: SinkRefused): CommandProblem {
  if (typeof refused === 'object')
    return 'keychain' in refused ? keychainProblem(refused.keychain) : problemOf('sink_not_sent', refused.sink);
  switch (refused) {
    case 'not_known':
    case 'managed':
    case 'not_saved':
      return problemOf(refused);
    case 'name_taken':
    case 'too_many':
    case 'file_exists':
    case 'not_a_folder':
    case 'no_secret':
    case 'bad_secret':
      return problemOf(`sink_${refused}`);
  }
}
