// Requests of others that wait for this person's answer.
import { Inbox } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { approvalWords as words } from '../words/approvals.ts';
import { ApprovalItem } from './approval-item.tsx';

export function ApprovalsScreen(props: { readonly focusOn: string | null; readonly visit: number }): ReactNode {
  const { approvals } = useDesktopState();
  if (approvals.length === 0) {
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
  return (
    <Section id="approvals" title={words.title}>
      <ul className="cards">
        {approvals.map((card) => (
          // An answer is to one exact scope: a new scope is another card.
          <ApprovalItem
            key={`${card.requestId} ${card.scopeHash}`}
            card={card}
            visit={props.focusOn === card.requestId ? props.visit : null}
          />
        ))}
      </ul>
    </Section>
  );
}
