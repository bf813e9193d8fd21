// For administrators: legal holds, what waits for a second person, and erasures that are done, with what is open of them.
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ErasedCard } from '#shared/contracts/desktop/privacy.ts';
import { Chip, Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { agreedWords, desktopsOpenWords, privacyWords as words, reachedLine } from '../words/privacy.ts';
import { Changes } from './changes-part.tsx';
import { HoldItem } from './hold-item.tsx';
import { Nothing, ReadFrame } from './read-frame.tsx';
import { useRead } from './use-read.ts';

export function PrivacyPart(): ReactNode {
  const reading = useRead('privacy');
  return (
    <ReadFrame reading={reading}>
      {({ holds, waiting, erased }) =>
        holds.length + waiting.length + erased.length === 0 ? (
          <Nothing icon={ShieldCheck} title={words.emptyTitle} body={words.emptyBody} />
        ) : (
          <>
            {waiting.length > 0 && <Changes changes={waiting} onChanged={reading.again} />}
            <Section id="holds" title={words.holdsTitle}>
              {holds.length === 0 && <p className="quiet none">{words.holdsNone}</p>}
              <ul className="cards">
                {holds.map((hold) => (
                  <HoldItem key={hold.holdId} hold={hold} onChanged={reading.again} />
                ))}
              </ul>
            </Section>
            {erased.length > 0 && (
              <Section id="erased" title={words.doneTitle}>
                <ul className="cards">
                  {erased.map((each) => (
                    <Erased key={each.erasureId} erased={each} />
                  ))}
                </ul>
              </Section>
            )}
          </>
        )
      }
    </ReadFrame>
  );
}

function Erased({ erased }: { readonly erased: ErasedCard }): ReactNode {
  const open = desktopsOpenWords(erased);
  const isDone = erased.settled && open === null;
  return (
    <li className="card change">
      <div className="row">
        <div className="grow title">
          <Ago atMs={erased.atMs} />
        </div>
        <Chip tone={isDone ? 'ok' : 'warn'}>{isDone ? words.done : words.open}</Chip>
      </div>
      <p className="quiet">
        <bdi>{agreedWords(erased)}</bdi>
      </p>
      {!erased.settled && <p className="after">{words.unsettled}</p>}
      {open !== null && <p className="after">{open}</p>}
      {erased.reached.length > 0 && <p className="quiet after">{erased.reached.map(reachedLine).join(' · ')}</p>}
      <p className="quiet after">
        {words.pseudonym} {erased.accounts.join(', ')}
      </p>
    </li>
  );
}
