// Which broker this desktop uses, and signing in and out: the commands of the window. A link has no way to any of them.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { AgentCommands } from '../agent.ts';
import type { CommandParts } from '../command-parts.ts';
import { problemOf, signInProblem } from '../problem-words.ts';
import type { ConnectRefused } from './connection-port.ts';

export type ConnectionCommand = 'find-broker' | 'connect' | 'disconnect' | 'sign-in' | 'cancel-sign-in' | 'sign-out';

export function connectionCommands({ connection, ends }: CommandParts): Pick<AgentCommands, ConnectionCommand> {
  const { brokers, signIn } = connection;
  return {
    'find-broker': async ({ url }) => {
      const found = await brokers.find(url);
      return found.ok ? found : err(connectProblem(found.error));
    },
    connect: async ({ url }) => answered(await brokers.connect(url)),
    disconnect: async () => answered(await brokers.disconnect()),
    'sign-in': async ({ how, fresh }) => {
      if (signIn === null) return err(problemOf('embedded_only'));
      const begun = signIn.begin(how, fresh);
      return begun.ok ? begun : err(signInProblem(begun.error));
    },
    'cancel-sign-in': async () => {
      signIn?.cancel();
      return ok(null);
    },
    'sign-out': async () => {
      if (signIn === null) return err(problemOf('embedded_only'));
      // While the broker still knows who calls: what is released is released now.
      await ends.forSignOut();
      await signIn.signOut();
      return ok(null);
    },
  };
}

function answered(done: Result<null, ConnectRefused>): Result<null, CommandProblem> {
  return done.ok ? done : err(connectProblem(done.error));
}

function connectProblem(refused: ConnectRefused): CommandProblem {
  switch (refused) {
    case 'unreachable':
      return problemOf('broker_unreachable');
    case 'busy':
      return problemOf('sign_in_busy');
    case 'no_broker':
    case 'managed':
    case 'not_wiped':
    case 'internal':
      return problemOf(refused);
  }
}
