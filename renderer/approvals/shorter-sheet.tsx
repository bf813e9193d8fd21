// Approves less than was asked: a shorter time, fewer actions.
import { useState, type ReactNode } from 'react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { length } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { OneOf, SomeOf } from '../parts/choices.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { approvalWords as words } from '../words/approvals.ts';
import { FreshLine, FreshSteps } from './fresh-line.tsx';
import { actionName, capital, words as common } from '../words/common.ts';

const LENGTHS_MS = [15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS];
/** The longest of the shorter lengths that are offered. */
const MOST = 4;

type Props = {
  readonly card: ApprovalCard;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onAnswering: (goes: boolean) => void;
};

export function ShorterSheet(props: Props): ReactNode {
  return (
    <Sheet title={words.shorterTitle} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ card, onClose, onAnswering }: Props): ReactNode {
  const lengths = [...shorterThan(card.durationMs), card.durationMs];
  const [durationMs, setDurationMs] = useState(lengths.at(-2) ?? card.durationMs);
  const [actions, setActions] = useState<readonly string[]>(card.actions);
  const command = useCommand();
  const isSmaller = durationMs < card.durationMs || actions.length < card.actions.length;
  const approve = async (): Promise<void> => {
    onAnswering(true);
    const answer = await command.run('answer', {
      requestId: card.requestId,
      scopeHash: card.scopeHash,
      answer: 'approve',
      reason: null,
      narrowToMs: durationMs < card.durationMs ? durationMs : null,
      narrowToActions: actions.length < card.actions.length ? [...actions] : null,
    });
    if (answer.ok) onClose();
    else onAnswering(false);
  };
  return (
    <>
      <p className="quiet">{words.shorterBody}</p>
      <OneOf
        label={words.howLong}
        value={String(durationMs)}
        choices={lengths.map((ms) => ({ value: String(ms), label: length(ms) }))}
        onChange={(value) => setDurationMs(Number(value))}
      />
      {card.actions.length > 1 && (
        <SomeOf
          label={words.actions}
          value={actions}
          choices={card.actions.map((action) => ({ value: action, label: capital(actionName(action)) }))}
          onChange={setActions}
        />
      )}
      {!command.running && <FreshLine card={card} running={false} />}
      <FreshSteps running={command.running} />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button
          look="primary"
          isDisabled={!isSmaller || actions.length === 0}
          isPending={command.running}
          onPress={() => void approve()}
        >
          {words.approveFor(durationMs)}
        </Button>
      </div>
    </>
  );
}

/** Usual lengths below what was asked; half of it where even the shortest is too long. */
function shorterThan(durationMs: number): readonly number[] {
  const usual = LENGTHS_MS.filter((ms) => ms < durationMs).slice(-MOST);
  if (usual.length > 0) return usual;
  const half = Math.floor(durationMs / 2000) * 1000;
  return half >= 2000 ? [half] : [];
}
