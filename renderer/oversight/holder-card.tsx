// One person with everything that they hold and this owner or administrator may end.
import { TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { HeldAccess } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../clock.ts';
import { useDesktopState } from '../desktop.tsx';
import { until } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, ResourceIcon, SensitivityChips } from '../parts/card.tsx';
import { Countdown, TimeRing } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import { actionList, purposeName } from '../words/common.ts';
import { endedWords, heldTrouble, oversightWords as words } from '../words/oversight.ts';
import { ReasonSheet } from './reason-sheet.tsx';

type Props = { readonly held: readonly HeldAccess[]; readonly onChanged: () => void };

export function HolderCard({ held, onChanged }: Props): ReactNode {
  const first = held[0];
  if (first === undefined) return null;
  return (
    <li className="card holder" aria-label={first.holder}>
      <div className="holder-head">
        <strong className="grow">
          <Name>{first.holder}</Name>
        </strong>
        <EndAll held={held} holder={first} onChanged={onChanged} />
      </div>
      <ul>
        {held.map((access) => (
          <Held key={access.grantId} access={access} onChanged={onChanged} />
        ))}
      </ul>
    </li>
  );
}

function Held(props: { readonly access: HeldAccess; readonly onChanged: () => void }): ReactNode {
  const { access } = props;
  const trouble = heldTrouble(access.state);
  return (
    <li className={`held ${toneOf(access)}`}>
      <div className="row">
        <TimeRing startsAtMs={access.startsAtMs} endsAtMs={access.endsAtMs}>
          <ResourceIcon kind={access.resource.kind} />
        </TimeRing>
        <div className="grow">
          <div className="title">
            <Name>{access.resource.name}</Name>
            {access.breakGlass && <Chip tone="bad">{words.emergency}</Chip>}
            <SensitivityChips resource={access.resource} quiet />
          </div>
          <div className="quiet">
            {actionList(access.actions)} · {purposeName(access.purpose).toLowerCase()} · {words.since}{' '}
            {until(access.startsAtMs, nowMs())}
          </div>
        </div>
        <div className="held-end">
          <Countdown endsAtMs={access.endsAtMs} className="time" />
          <Revoke {...props} />
        </div>
      </div>
      {trouble !== null && (
        <p className={trouble.bad ? 'problem' : 'quiet state-line'}>
          {trouble.bad && <Icon of={TriangleAlert} />}
          <span>{trouble.text}</span>
        </p>
      )}
    </li>
  );
}

function Revoke({ access, onChanged }: { readonly access: HeldAccess; readonly onChanged: () => void }): ReactNode {
  const [asking, setAsking] = useState(false);
  const { say } = useNavigation();
  return (
    <>
      <Button
        look="danger"
        aria-label={words.revokeName(access.holder, access.resource.name)}
        isDisabled={access.state === 'revoking'}
        onPress={() => setAsking(true)}
      >
        {words.revoke}
      </Button>
      <ReasonSheet
        title={words.revokeTitle}
        label={words.reason}
        does={words.revokeDo}
        look="danger"
        isReasonNeeded
        isOpen={asking}
        onClose={() => setAsking(false)}
        onSend={async (command, reason) => {
          const answer = await command.run('revoke-grant', { grantId: access.grantId, reason });
          // Whatever the broker said: what is shown may no longer be true.
          onChanged();
          if (answer.ok) say(words.revoked);
          return answer.ok;
        }}
      >
        <p className="from-to sheet-subject">
          <Name>{access.holder}</Name> <span aria-hidden="true">→</span> <Name>{access.resource.name}</Name>
        </p>
        <p className="quiet after">{words.revokeBody}</p>
      </ReasonSheet>
    </>
  );
}

function EndAll(props: Props & { readonly holder: HeldAccess }): ReactNode {
  const [asking, setAsking] = useState(false);
  const { say } = useNavigation();
  const { me } = useDesktopState();
  const { holder, person } = props.holder;
  return (
    <>
      <Button look="link" aria-label={words.endAllName(holder)} onPress={() => setAsking(true)}>
        {words.endAll}
      </Button>
      <ReasonSheet
        title={words.endTitle(holder)}
        label={words.reason}
        does={words.endDo}
        look="danger"
        isReasonNeeded
        isOpen={asking}
        onClose={() => setAsking(false)}
        onSend={async (command, reason) => {
          const answer = await command.run('end-person', { person, reason });
          props.onChanged();
          if (answer.ok) say(endedWords(answer.value.ended, answer.value.failed));
          return answer.ok;
        }}
      >
        <p>{words.endBody(props.held.length, me?.admin === true)}</p>
        <p className="quiet after">{words.revokeBody}</p>
      </ReasonSheet>
    </>
  );
}

function toneOf(access: HeldAccess): string {
  if (access.state === 'revoke_failed') return 'tone-bad';
  return access.breakGlass ? 'tone-warn' : 'tone-ok';
}
