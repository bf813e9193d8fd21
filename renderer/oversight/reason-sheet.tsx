// One question with a reason: what ends somebody's access, or answers for others, is never one careless click.
import { useState, type ReactNode } from 'react';
import { FreshSteps } from '../approvals/fresh-line.tsx';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';

type Props = {
  readonly title: string;
  readonly label: string;
  /** What the button that does it says. */
  readonly does: string;
  readonly look: 'danger' | 'primary';
  readonly isReasonNeeded: boolean;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Does it. Gives whether it was done; if not, the sheet stays and shows why. */
  readonly onSend: (command: Command, reason: string) => Promise<boolean>;
  readonly children: ReactNode;
};

export function ReasonSheet(props: Props): ReactNode {
  return (
    <Sheet title={props.title} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body(props: Props): ReactNode {
  const [reason, setReason] = useState('');
  const command = useCommand();
  const send = async (): Promise<void> => {
    if (await props.onSend(command, reason.trim())) props.onClose();
  };
  return (
    <>
      {props.children}
      <Field label={props.label} rows={2} autoFocus value={reason} onChange={setReason} maxLength={1000} />
      <FreshSteps running={command.running} />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={props.onClose}>
          {common.cancel}
        </Button>
        <Button
          look={props.look}
          isPending={command.running}
          isDisabled={props.isReasonNeeded && reason.trim() === ''}
          onPress={() => void send()}
        >
          {props.does}
        </Button>
      </div>
    </>
  );
}
