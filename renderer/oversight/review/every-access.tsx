// Every access of the review in words: what the timeline shows, for who reads or listens.
import { useState, type ReactNode } from 'react';
import type { ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../../clock.ts';
import { length, until } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Chip, Section } from '../../parts/card.tsx';
import { Name } from '../../parts/said.tsx';
import { deviationName, endedHow, reviewWords as words, usesWords } from '../../words/review.ts';

const AT_ONCE = 50;

export function EveryAccess(props: {
  readonly accesses: readonly ReviewedAccess[];
  readonly onOpen: (access: ReviewedAccess) => void;
  readonly more: ReactNode;
}): ReactNode {
  const { accesses } = props;
  const [shown, setShown] = useState(AT_ONCE);
  return (
    <Section id="every" title={words.every} aside={<span className="quiet">{words.everyHint}</span>}>
      <ul className="card rows every">
        {accesses.slice(0, shown).map((access) => (
          <Row key={access.grantId} access={access} onOpen={() => props.onOpen(access)} />
        ))}
      </ul>
      <div className="buttons">
        {accesses.length > shown ? (
          <Button onPress={() => setShown(shown + AT_ONCE)}>
            {words.show(Math.min(AT_ONCE, accesses.length - shown))}
          </Button>
        ) : (
          props.more
        )}
      </div>
    </Section>
  );
}

function Row(props: { readonly access: ReviewedAccess; readonly onOpen: () => void }): ReactNode {
  const { access } = props;
  const had = (access.endedAtMs ?? Math.min(nowMs(), access.plannedEndMs)) - access.startsAtMs;
  return (
    <li className="reviewed">
      <Button look="link" onPress={props.onOpen}>
        <span className="from-to">
          <Name>{access.holder}</Name> <span aria-hidden="true">→</span> <Name>{access.resource.name}</Name>
        </span>
      </Button>
      <div className="quiet">
        {until(access.startsAtMs, nowMs())} ·{' '}
        {access.endedAtMs === null ? words.running : `${length(had)}, ${endedHow(access.endReason)}`} ·{' '}
        {usesWords(access)}
      </div>
      {access.findings.length > 0 && (
        <div className="finding-chips">
          {access.findings.map((finding) => (
            <Chip key={finding.findingId} tone={finding.answer === 'open' ? 'warn' : 'plain'}>
              {deviationName[finding.deviation]}
            </Chip>
          ))}
        </div>
      )}
    </li>
  );
}
