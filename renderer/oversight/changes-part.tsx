// Changes that take effect only when a second person agrees.
import { PenLine } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { HeldChange } from '#shared/contracts/desktop/oversight.ts';
import { Button } from '../parts/button.tsx';
import { Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import { agreedLine, kindName, oversightWords as words } from '../words/oversight.ts';
import { ReachOf } from './reach-lines.tsx';
import { Nothing, ReadFrame } from './read-frame.tsx';
import { ReasonSheet } from './reason-sheet.tsx';
import { useRead } from './use-read.ts';

export function ChangesPart(): ReactNode {
  const reading = useRead('changes');
  return (
    <ReadFrame reading={reading}>
      {(changes) =>
        changes.length === 0 ? (
          <Nothing icon={PenLine} title={words.changesEmptyTitle} body={words.changesEmptyBody} />
        ) : (
          <Changes changes={changes} onChanged={reading.again} />
        )
      }
    </ReadFrame>
  );
}

export function Changes(props: { readonly changes: readonly HeldChange[]; readonly onChanged: () => void }): ReactNode {
  return (
    <Section id="changes" title={words.changesTitle}>
      <ul className="cards">
        {props.changes.map((change) => (
          <ChangeItem key={change.changeId} change={change} onChanged={props.onChanged} />
        ))}
      </ul>
    </Section>
  );
}

function ChangeItem(props: { readonly change: HeldChange; readonly onChanged: () => void }): ReactNode {
  const { change } = props;
  return (
    <li className="card change" aria-label={kindName[change.kind]}>
      <div className="title">{kindName[change.kind]}</div>
      <p className="quiet">
        {words.proposed} <Ago atMs={change.proposedAtMs} /> · <Name>{change.proposedBy}</Name>
      </p>
      <Lines change={change} />
      <p className="quiet after">
        <bdi>{agreedLine(change)}</bdi>
      </p>
      {!change.mine && <p className="hint">{words.notMine}</p>}
      {(change.mine || change.yours) && <Answers {...props} />}
    </li>
  );
}

function Lines({ change }: { readonly change: HeldChange }): ReactNode {
  return (
    <ul className="change-lines">
      {[...new Set(change.lines)].map((line) => (
        <li key={line} dir="auto">
          {line}
        </li>
      ))}
    </ul>
  );
}

function Answers(props: { readonly change: HeldChange; readonly onChanged: () => void }): ReactNode {
  const [asking, setAsking] = useState<'agree' | 'refuse' | null>(null);
  return (
    <div className="buttons">
      {props.change.mine && <Button onPress={() => setAsking('agree')}>{words.agree}</Button>}
      <Button look="danger" onPress={() => setAsking('refuse')}>
        {props.change.mine ? words.refuse : words.takeBack}
      </Button>
      <Answer {...props} agree isOpen={asking === 'agree'} onClose={() => setAsking(null)} />
      <Answer {...props} agree={false} isOpen={asking === 'refuse'} onClose={() => setAsking(null)} />
    </div>
  );
}

function Answer(props: {
  readonly change: HeldChange;
  readonly agree: boolean;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}): ReactNode {
  const { change, agree } = props;
  return (
    <ReasonSheet
      title={agree ? words.agreeTitle : change.mine ? words.refuseTitle : words.takeBackTitle}
      label={agree ? words.reasonOptional : words.reason}
      does={agree ? words.agreeDo : change.mine ? words.refuseDo : words.takeBackDo}
      look={agree ? 'primary' : 'danger'}
      isReasonNeeded={!agree}
      isOpen={props.isOpen}
      onClose={props.onClose}
      onSend={async (command, reason) => {
        const answer = await command.run('answer-change', { changeId: change.changeId, agree, reason });
        props.onChanged();
        return answer.ok;
      }}
    >
      <p className="quiet">
        {kindName[change.kind]} · <Name>{change.proposedBy}</Name>
      </p>
      <Lines change={change} />
      {agree && change.kind === 'erasure' && change.person !== null && <ReachOf person={change.person} />}
      <p className="quiet after">{agree ? words.agreeBody : words.refuseBody}</p>
    </ReasonSheet>
  );
}
