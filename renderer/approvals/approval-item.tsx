// One request to answer: who, what, how long, why it needs people, and last the requester's own words.
import { useState, type ReactNode } from 'react';
import { KeyRound } from 'lucide-react';
import type { ApprovalCard } from '#shared/contracts/desktop/state.ts';
import { length } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, SensitivityChips } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name, Said } from '../parts/said.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import { useSeen } from '../parts/use-seen.ts';
import { approvalWords as words, isFirstTime, whyLine } from '../words/approvals.ts';
import { actionList, purposeName } from '../words/common.ts';
import { RejectSheet } from './reject-sheet.tsx';
import { ShorterSheet } from './shorter-sheet.tsx';

export function ApprovalItem(props: { readonly card: ApprovalCard; readonly visit: number | null }): ReactNode {
  const { card } = props;
  const command = useCommand();
  const ref = useSeen<HTMLLIElement>(props.visit);
  return (
    <li
      ref={ref}
      tabIndex={-1}
      className="card approval"
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
          {card.extendsGrant && <Chip tone="accent">{words.extension}</Chip>}
          <SensitivityChips resource={card.resource} />
        </span>
      </div>
      <p className="quiet why">
        {isFirstTime(card) && (
          <>
            <Chip tone="warn">{words.firstTime}</Chip>{' '}
          </>
        )}
        {whyLine(card)}
      </p>
      {(card.justification !== '' || card.ticket !== null) && <Words card={card} />}
      {card.freshSignIn && (
        <p className="quiet fresh">
          <Icon of={KeyRound} /> {words.freshSignIn}
        </p>
      )}
      <Answers card={card} command={command} />
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

function Answers(props: { readonly card: ApprovalCard; readonly command: Command }): ReactNode {
  const { card, command } = props;
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
  return (
    <div className="buttons" role="group" aria-label={words.groupName(card.requester)}>
      <Button look="primary" isPending={command.running} onPress={() => void command.run('answer', approve)}>
        {words.approveFor(card.durationMs)}
      </Button>
      <Button isDisabled={command.running} onPress={() => setAsking('shorter')}>
        {words.shorter}
      </Button>
      <Button look="danger" isDisabled={command.running} onPress={() => setAsking('reject')}>
        {words.reject}
      </Button>
      <ShorterSheet card={card} isOpen={asking === 'shorter'} onClose={close} />
      <RejectSheet card={card} isOpen={asking === 'reject'} onClose={close} />
    </div>
  );
}
