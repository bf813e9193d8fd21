// What an approver should weigh, one fact a line: what policy says, what this person did before, what a revoke could
// still do, and who else has answered.
import { Bell, History, ShieldAlert, TriangleAlert, Undo2, Users, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { Icon } from '../parts/card.tsx';
import { answersLine, beforeLine, isFirstTime, policyLine, remindedLine, revokeLine } from '../words/approvals.ts';

type Fact = { readonly icon: LucideIcon; readonly tone: 'plain' | 'warn' | 'bad'; readonly text: string };

export function RiskFacts(props: { readonly card: ApprovalCard }): ReactNode {
  return (
    <ul className="risk-facts quiet">
      {factsOf(props.card).map(({ icon, tone, text }) => (
        <li key={text} className={tone}>
          <Icon of={icon} />
          <bdi>{text}</bdi>
        </li>
      ))}
    </ul>
  );
}

function factsOf(card: ApprovalCard): readonly Fact[] {
  const fact = (icon: LucideIcon, text: string | null, tone: Fact['tone'] = 'plain'): readonly Fact[] =>
    text === null ? [] : [{ icon, tone, text }];
  const wasRefused = card.heldBefore.refused > 0;
  const cannotRevoke = card.revokeClass.kind === 'expiry_only';
  return [
    ...fact(ShieldAlert, policyLine(card)),
    ...fact(
      wasRefused || isFirstTime(card) ? TriangleAlert : History,
      beforeLine(card),
      wasRefused ? 'bad' : isFirstTime(card) ? 'warn' : 'plain',
    ),
    ...fact(cannotRevoke ? TriangleAlert : Undo2, revokeLine(card), cannotRevoke ? 'warn' : 'plain'),
    ...fact(Users, answersLine(card)),
    ...fact(Bell, remindedLine(card)),
  ];
}
