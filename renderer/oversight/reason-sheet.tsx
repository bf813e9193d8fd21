// One question with a reason: what ends somebody's access, or answers for others, is never one careless click.
import { useState, type ReactNode } from 'react';
import { FreshSteps } from '../approvals/fresh-line.tsx';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name } from '../parts/said.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';
import { privacyWords as words } from '../words/privacy.ts';

type Props = {
  readonly title: string;
  readonly label: string;
  /** What the button that does it says. */
  readonly does: string;
  readonly look: 'danger' | 'primary';
  readonly isReasonNeeded: boolean;
  /** A name that has to be typed first, as it stands there. */
  readonly mustType?: string;
  /** It cannot be done now: the children say why, and nothing is asked. */
  readonly isBlocked?: boolean;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Does it. Gives whether it was done; if not, the sheet stays and shows why. */
  readonly onSend: (command: Command, reason: string, typed: string) => Promise<boolean>;
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
  const [typed, setTyped] = useState('');
  const { mustType, isBlocked = false } = props;
  const command = useCommand();
  const send = async (): Promise<void> => {
    if (await props.onSend(command, reason.trim(), typed)) props.onClose();
  };
  return (
    <>
      {props.children}
      {!isBlocked && (
        <Field label={props.label} rows={2} autoFocus value={reason} onChange={setReason} maxLength={1000} />
      )}
      {!isBlocked && mustType !== undefined && (
        <Field
          label={
            <>
              {words.typeName} <Name>{mustType}</Name>
            </>
          }
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
        />
      )}
      <FreshSteps running={command.running} />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={props.onClose}>
          {common.cancel}
        </Button>
        {!isBlocked && (
          <Button
            look={props.look}
            isPending={command.running}
            isDisabled={(props.isReasonNeeded && reason.trim() === '') || typed.trim() !== (mustType ?? '')}
            onPress={() => void send()}
          >
            {props.does}
          </Button>
        )}
      </div>
    </>
  );
}
