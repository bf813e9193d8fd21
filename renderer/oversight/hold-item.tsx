// One legal hold: whose data, why, who placed it, and the way to release it.
import { useState, type ReactNode } from 'react';
import type { HoldCard } from '#shared/contracts/desktop/privacy.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name, Said } from '../parts/said.tsx';
import { oversightWords } from '../words/oversight.ts';
import { privacyWords as words } from '../words/privacy.ts';
import { ReasonSheet } from './reason-sheet.tsx';

export function HoldFacts({ hold }: { readonly hold: HoldCard }): ReactNode {
  return (
    <>
      <p className="quiet">
        {words.placed} <Ago atMs={hold.placedAtMs} /> · <Name>{hold.placedBy}</Name>
      </p>
      {hold.reason !== '' && <Said text={hold.reason} />}
    </>
  );
}

/** Who has to agree. */
export function Second(): ReactNode {
  const isTeam = useDesktopState().mode === 'team';
  return <p className="quiet after">{isTeam ? words.second : words.alone}</p>;
}

export function HoldItem(props: { readonly hold: HoldCard; readonly onChanged: () => void }): ReactNode {
  const { holdId, name } = props.hold;
  const [asking, setAsking] = useState(false);
  const { say } = useNavigation();
  return (
    <li className="card change" aria-label={name}>
      <div className="row">
        <div className="grow title">
          <Name>{name}</Name>
        </div>
        <Button aria-label={words.releaseName(name)} onPress={() => setAsking(true)}>
          {words.release}
        </Button>
      </div>
      <HoldFacts hold={props.hold} />
      <ReasonSheet
        title={words.releaseTitle(name)}
        label={oversightWords.reasonOnRecord}
        does={words.releaseDo}
        look="danger"
        isReasonNeeded
        isOpen={asking}
        onClose={() => setAsking(false)}
        onSend={async (command, reason) => {
          const answer = await command.run('release-hold', { holdId, reason });
          props.onChanged();
          if (answer.ok) say(answer.value.state === 'applied' ? words.released : words.asked);
          return answer.ok;
        }}
      >
        <p className="quiet">{words.releaseBody}</p>
        <Second />
      </ReasonSheet>
    </li>
  );
}
