// What went wrong with what the person just did, beside where they did it.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { problemWords } from '../words/problems.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { Icon } from './card.tsx';

export function ProblemLine(props: { readonly problem: CommandProblem | null }): ReactNode {
  if (props.problem === null) return null;
  const told = problemWords(props.problem);
  return (
    <p role="alert" className="problem">
      <Icon of={CircleAlert} />
      <span>
        <strong>{told.title}</strong>
        {told.detail !== null && <> {told.detail}</>}
      </span>
    </p>
  );
}
