// One running command of a part of the screen: whether it runs, and what went wrong the last time.
import { useCallback, useState } from 'react';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { CommandArgs, CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { useSend, type Answer } from '../desktop.tsx';

export type Command = {
  readonly running: boolean;
  readonly problem: CommandProblem | null;
  readonly run: <N extends CommandName>(name: N, args: CommandArgs<N>) => Promise<Answer<N>>;
};

export function useCommand(): Command {
  const send = useSend();
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<CommandProblem | null>(null);
  const run = useCallback(
    async <N extends CommandName>(name: N, args: CommandArgs<N>): Promise<Answer<N>> => {
      setRunning(true);
      setProblem(null);
      const answer = await send(name, args);
      setRunning(false);
      if (!answer.ok) setProblem(answer.error);
      return answer;
    },
    [send],
  );
  return { running, problem, run };
}
