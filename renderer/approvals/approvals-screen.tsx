// Requests of others that wait for this person's answer. One that goes without an answer of theirs leaves a word.
import { Inbox } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import { approvalWords as words } from '../words/approvals.ts';
import { ApprovalItem } from './approval-item.tsx';

type Gone = Pick<ApprovalCard, 'requestId' | 'requester' | 'resource'>;

export function ApprovalsScreen(props: { readonly focusOn: string | null; readonly visit: number }): ReactNode {
  const { approvals, answeredHere } = useDesktopState();
  const { gone: went, answering, dismiss } = useGone(approvals);
  const gone = went.filter(({ requestId }) => !answeredHere.includes(requestId));
  if (approvals.length === 0 && gone.length === 0) return <Empty />;
  return (
    <Section id="approvals" title={words.title}>
      <ul className="cards">
        {gone.map((card) => (
          <GoneItem key={card.requestId} card={card} onDismiss={() => dismiss(card.requestId)} />
        ))}
        {approvals.map((card) => (
          // An answer is to one exact scope: a new scope is another card.
          <ApprovalItem
            key={`${card.requestId} ${card.scopeHash}`}
            card={card}
            visit={props.focusOn === card.requestId ? props.visit : null}
            onAnswering={(goes) => answering(card.requestId, goes)}
          />
        ))}
      </ul>
    </Section>
  );
}

/** What was here a moment ago and went without this person: shown until they have seen it, so that nothing just jumps. */
function useGone(approvals: readonly ApprovalCard[]): {
  readonly gone: readonly Gone[];
  readonly answering: (requestId: string, goes: boolean) => void;
  readonly dismiss: (requestId: string) => void;
} {
  const [before, setBefore] = useState(approvals);
  const [went, setWent] = useState<readonly Gone[]>([]);
  // An answer under way may make its card go before it is known to have counted.
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  if (before !== approvals) {
    setBefore(approvals);
    const here = new Set(approvals.map(({ requestId }) => requestId));
    const left = before.filter(({ requestId }) => !here.has(requestId));
    setWent([...went.filter(({ requestId }) => !here.has(requestId)), ...left]);
  }
  return {
    gone: went.filter(({ requestId }) => !mine.has(requestId)),
    answering: (requestId, goes) =>
      setMine((all) => (goes ? new Set([...all, requestId]) : new Set([...all].filter((each) => each !== requestId)))),
    dismiss: (requestId) => setWent((all) => all.filter((each) => each.requestId !== requestId)),
  };
}

function GoneItem(props: { readonly card: Gone; readonly onDismiss: () => void }): ReactNode {
  const { card } = props;
  return (
    <li className="card gone">
      <div className="row" role="status">
        <div className="grow">
          <strong>{words.goneTitle}</strong>
          <p className="quiet">
            {words.goneBody}{' '}
            <span className="from-to">
              <Name>{card.requester}</Name> → <Name>{card.resource.name}</Name>
            </span>
          </p>
        </div>
        <Button onPress={props.onDismiss}>{words.goneDismiss}</Button>
      </div>
    </li>
  );
}

function Empty(): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon of={Inbox} />
      </span>
      <h2>{words.emptyTitle}</h2>
      <p>{words.emptyBody}</p>
    </div>
  );
}
