// Who can answer a waiting request and who has, at a glance.
import { Check, CircleDashed } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';
import { Icon } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import { accessWords as words } from '../words/access.ts';

const MOST = 5;

export function Answerers(props: { readonly request: RequestCard }): ReactNode {
  const all = answerersOf(props.request);
  if (all.length === 0) return null;
  // Who has answered is never among those left out.
  const shown = all.toSorted((a, b) => Number(b.approved) - Number(a.approved)).slice(0, MOST);
  return (
    <>
      <ul className="answerers" aria-label={words.answerers}>
        {shown.map(({ name, owner, approved }) => (
          <li key={name} className={approved ? 'chip ok' : 'chip'}>
            <Icon of={approved ? Check : CircleDashed} />
            <Name>{name}</Name>
            {owner && <span className="answerer-note"> · {words.owner}</span>}
            <span className="for-readers">, {approved ? words.hasApproved : words.hasNot}</span>
          </li>
        ))}
        {all.length > shown.length && <li className="chip">{words.moreAnswerers(all.length - shown.length)}</li>}
      </ul>
      {props.request.escalated && <p className="quiet state-line">{words.escalated}</p>}
    </>
  );
}

type Answerer = { readonly name: string; readonly owner: boolean; readonly approved: boolean };

/** Who approved may no longer be among those who can answer now. */
function answerersOf({ approvers, answers }: RequestCard): readonly Answerer[] {
  const approved = new Set(answers.filter(({ answer }) => answer === 'approve').map(({ name }) => name));
  const known = new Map<string, Answerer>();
  for (const { name, owner, answered } of approvers)
    known.set(name, { name, owner, approved: approved.has(name) || answered });
  for (const name of approved) if (!known.has(name)) known.set(name, { name, owner: false, approved: true });
  return [...known.values()];
}
