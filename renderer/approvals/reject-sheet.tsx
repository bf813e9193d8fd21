// Rejects a request, with words for the requester.
import { useState, type ReactNode } from 'react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { approvalWords as words } from '../words/approvals.ts';
import { FreshSteps } from './fresh-line.tsx';
import { words as common } from '../words/common.ts';

type Props = {
  readonly card: ApprovalCard;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onAnswering: (goes: boolean) => void;
};

export function RejectSheet(props: Props): ReactNode {
  return (
    <Sheet title={words.rejectTitle} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ card, onClose, onAnswering }: Props): ReactNode {
  const [reason, setReason] = useState('');
  const command = useCommand();
  const reject = async (): Promise<void> => {
    onAnswering(true);
    const answer = await command.run('answer', {
      requestId: card.requestId,
      scopeHash: card.scopeHash,
      answer: 'reject',
      reason: reason.trim() === '' ? null : reason.trim(),
      narrowToMs: null,
      narrowToActions: null,
    });
    if (answer.ok) onClose();
    else onAnswering(false);
  };
  return (
    <>
      <p className="quiet">{words.rejectBody}</p>
      <Field label={words.rejectReason} rows={3} autoFocus value={reason} onChange={setReason} maxLength={1000} />
      <FreshSteps running={command.running} />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="danger" isPending={command.running} onPress={() => void reject()}>
          {words.rejectDo}
        </Button>
      </div>
    </>
  );
}
