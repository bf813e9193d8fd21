// One request to answer: who, what, how long, why it needs people, and last the requester's own words.
import { useState, type ReactNode } from 'react';
import { KeyRound } from 'lucide-react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { length } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, SensitivityChips } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name, Said } from '../parts/said.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import { useSeen } from '../parts/use-seen.ts';
import { useFreshness } from '../sign-in/use-fresh.ts';
import { approvalWords as words } from '../words/approvals.ts';
import { actionList, purposeName } from '../words/common.ts';
import { FreshLine } from './fresh-line.tsx';
import { RejectSheet } from './reject-sheet.tsx';
import { RiskFacts } from './risk-facts.tsx';
import { ShorterSheet } from './shorter-sheet.tsx';

export function ApprovalItem(props: {
  readonly card: ApprovalCard;
  readonly visit: number | null;
  /** True: this person answers it, so its going is no surprise. False: the answer did not count. */
  readonly onAnswering: (goes: boolean) => void;
}): ReactNode {
  const { card } = props;
  const command = useCommand();
  const ref = useSeen<HTMLLIElement>(props.visit);
  return (
    <li
      ref={ref}
      tabIndex={-1}
      className={card.breakGlass ? 'card approval tone-bad' : 'card approval'}
      aria-label={words.cardName(card.requester, card.resource.name)}
    >
      <div className="row top">
        <div className="grow">
          <div className="title">
            <span className="from-to">
              <Name>{card.requester}</Name> <span aria-hidden="true">→</span> <Name>{card.resource.name}</Name>
            </span>
          </div>
          <div className="quiet">
            {[actionList(card.actions), length(card.durationMs), purposeName(card.purpose).toLowerCase()].join(' · ')}
            {' · '}
            {words.asked} <Ago atMs={card.askedAtMs} />
          </div>
        </div>
        <span className="chips">
          {card.breakGlass && <Chip tone="bad">{words.emergency}</Chip>}
          {card.extendsGrant && <Chip tone="accent">{words.extension}</Chip>}
          <SensitivityChips resource={card.resource} />
        </span>
      </div>
      <RiskFacts card={card} />
      {(card.justification !== '' || card.ticket !== null) && <Words card={card} />}
      <FreshLine card={card} running={command.running} id={`fresh-${card.requestId}`} />
      <Answers card={card} command={command} onAnswering={props.onAnswering} />
      <ProblemLine problem={command.problem} />
    </li>
  );
}

function Words(props: { readonly card: ApprovalCard }): ReactNode {
  const { justification, ticket } = props.card;
  return (
    <>
      {justification !== '' && <Said text={justification} />}
      {ticket !== null && <p className="quiet ticket few-lines">{words.ticket(ticket)}</p>}
    </>
  );
}

function Answers(props: {
  readonly card: ApprovalCard;
  readonly command: Command;
  readonly onAnswering: (goes: boolean) => void;
}): ReactNode {
  const { card, command, onAnswering } = props;
  const freshness = useFreshness();
  const willSignIn = card.freshSignIn && freshness.kind === 'stale';
  const [asking, setAsking] = useState<'shorter' | 'reject' | null>(null);
  const close = (): void => setAsking(null);
  const { requestId, scopeHash } = card;
  const approve = {
    requestId,
    scopeHash,
    answer: 'approve',
    reason: null,
    narrowToMs: null,
    narrowToActions: null,
  } as const;
  const send = async (): Promise<void> => {
    onAnswering(true);
    const answer = await command.run('answer', approve);
    if (!answer.ok) onAnswering(false);
  };
  return (
    <div className="buttons" role="group" aria-label={words.groupName(card.requester)}>
      <Button
        look="primary"
        isPending={command.running}
        {...(card.freshSignIn ? { 'aria-describedby': `fresh-${requestId}` } : {})}
        onPress={() => void send()}
      >
        {willSignIn && <Icon of={KeyRound} />}
        {words.approveFor(card.durationMs)}
      </Button>
      <Button isDisabled={command.running} onPress={() => setAsking('shorter')}>
        {words.shorter}
      </Button>
      <Button look="danger" isDisabled={command.running} onPress={() => setAsking('reject')}>
        {words.reject}
      </Button>
      <ShorterSheet card={card} isOpen={asking === 'shorter'} onClose={close} onAnswering={onAnswering} />
      <RejectSheet card={card} isOpen={asking === 'reject'} onClose={close} onAnswering={onAnswering} />
    </div>
  );
}
