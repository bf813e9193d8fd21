// Places a legal hold on somebody's data: one administrator is enough, since it takes nothing away.
import type { ReactNode } from 'react';
import type { PersonCard } from '#shared/contracts/desktop/oversight.ts';
import { useNavigation } from '../navigation.tsx';
import { privacyWords as words } from '../words/privacy.ts';
import { ReasonSheet } from './reason-sheet.tsx';

export function HoldSheet(props: {
  readonly person: PersonCard;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const { person, name } = props.person;
  const { say } = useNavigation();
  return (
    <ReasonSheet
      title={words.holdTitle(name)}
      label={words.holdWhy}
      does={words.holdDo}
      look="primary"
      isReasonNeeded
      isOpen={props.isOpen}
      onClose={props.onClose}
      onSend={async (command, reason) => {
        const answer = await command.run('place-hold', { person, reason });
        if (answer.ok) say(words.held);
        return answer.ok;
      }}
    >
      <p className="quiet">{words.holdBody}</p>
    </ReasonSheet>
  );
}
