// Asks for the erasure of a person: says what goes, what stays and what refuses it, and has the name typed.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PersonCard } from '#shared/contracts/desktop/oversight.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Notice } from '../parts/card.tsx';
import { oversightWords } from '../words/oversight.ts';
import { privacyWords as words } from '../words/privacy.ts';
import { HoldFacts, Second } from './hold-item.tsx';
import { WhatGoes } from './reach-lines.tsx';
import { ReadFrame } from './read-frame.tsx';
import { ReasonSheet } from './reason-sheet.tsx';
import { useRead } from './use-read.ts';

/** To be mounted while it is open alone: it reads. */
export function EraseSheet(props: {
  readonly person: PersonCard;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}): ReactNode {
  const { person } = props.person;
  const reading = useRead('erasure-reach', person);
  const { say } = useNavigation();
  const isTeam = useDesktopState().mode === 'team';
  const name = reading.value?.name ?? props.person.name;
  return (
    <ReasonSheet
      title={words.eraseTitle(name)}
      label={oversightWords.reasonOnRecord}
      does={isTeam ? words.eraseAsk : words.eraseDo}
      look="danger"
      isReasonNeeded
      mustType={name}
      isBlocked={reading.value?.holds.length !== 0}
      isOpen
      onClose={props.onClose}
      onSend={async (command, reason, typed) => {
        const answer = await command.run('erase-person', { person, typed, reason });
        props.onChanged();
        if (answer.ok) say(answer.value.state === 'applied' ? words.erased : words.asked);
        return answer.ok;
      }}
    >
      <ReadFrame reading={reading}>
        {(reach) =>
          reach.holds.length > 0 ? (
            <Notice tone="warn" icon={TriangleAlert} title={words.heldTitle}>
              {reach.holds.map((hold) => (
                <HoldFacts key={hold.holdId} hold={hold} />
              ))}
            </Notice>
          ) : (
            <>
              <WhatGoes {...reach} />
              <Second />
            </>
          )
        }
      </ReadFrame>
    </ReasonSheet>
  );
}
