// For administrators: the computers whose logs arrive here. What wants a look comes first, with what it means and what
// to do; all others are one line each.
import { CopyX, History, KeyRound, Laptop, RadioTower } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { DesktopCard } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../clock.ts';
import { Chip, Icon, Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import {
  type DesktopTrouble,
  desktopsWords as words,
  recordsWords,
  troubleOf,
  troubleSinceMs,
  troubleWords,
} from '../words/desktops.ts';
import { holdsWords } from '../words/oversight.ts';
import { FindField, matches } from './find-field.tsx';
import { Nothing, ReadFrame } from './read-frame.tsx';
import { useRead } from './use-read.ts';

const MANY = 8;
const ICONS = { forked: CopyX, silent: RadioTower, restored: History, differed: History, newKey: KeyRound } as const;
const TONES = { forked: 'bad', silent: 'warn', restored: 'warn', differed: 'bad', newKey: 'warn' } as const;

export function DesktopsPart(): ReactNode {
  const reading = useRead('desktops');
  const [wanted, setWanted] = useState('');
  return (
    <ReadFrame reading={reading}>
      {(all) => {
        if (all.length === 0) return <Nothing icon={Laptop} title={words.emptyTitle} body={words.emptyBody} />;
        const shown = all.filter(({ names, device }) => matches(wanted, [...names, device]));
        const atMs = reading.readAtMs ?? nowMs();
        const judged = shown.map((desktop) => ({ desktop, trouble: troubleOf(desktop, atMs) }));
        const troubled = judged.flatMap(({ desktop, trouble }) => (trouble === null ? [] : [{ desktop, trouble }]));
        const well = judged.filter(({ trouble }) => trouble === null);
        return (
          <>
            {all.length >= MANY && <FindField value={wanted} onChange={setWanted} label={words.find} />}
            {troubled.length > 0 && (
              <Section id="desktops-look" title={words.attentionTitle}>
                <ul className="cards">
                  {troubled.map(({ desktop, trouble }) => (
                    <TroubledDesktop key={desktop.log} desktop={desktop} trouble={trouble} />
                  ))}
                </ul>
              </Section>
            )}
            {well.length > 0 && (
              <Section id="desktops-well" title={words.allTitle}>
                <ul className="card rows">
                  {well.map(({ desktop }) => (
                    <li key={desktop.log} className="desktop row">
                      <Whose desktop={desktop} />
                    </li>
                  ))}
                </ul>
              </Section>
            )}
          </>
        );
      }}
    </ReadFrame>
  );
}

function TroubledDesktop(props: { readonly desktop: DesktopCard; readonly trouble: DesktopTrouble }): ReactNode {
  const { desktop, trouble } = props;
  const sinceMs = troubleSinceMs(desktop, trouble);
  return (
    <li className={`card desktop troubled ${TONES[trouble]}`}>
      <Whose desktop={desktop} chip={<Chip tone={TONES[trouble]}>{words[trouble]}</Chip>} />
      <div className={`notice ${TONES[trouble]}`}>
        <Icon of={ICONS[trouble]} className="notice-icon" />
        <div className="grow">
          <p>
            {sinceMs !== null && (
              <strong>
                <Ago atMs={sinceMs} />.{' '}
              </strong>
            )}
            {troubleWords[trouble].means}
          </p>
          <p>{troubleWords[trouble].doThis}</p>
        </div>
      </div>
    </li>
  );
}

function Whose(props: { readonly desktop: DesktopCard; readonly chip?: ReactNode }): ReactNode {
  const { names, device, records, heardAtMs, liveGrants, replacedBy } = props.desktop;
  return (
    <div className="grow">
      <div className="title">
        <Name>{names.length === 0 ? words.nobody : names.join(', ')}</Name>
        {props.chip}
      </div>
      <div className="quiet">
        {words.device(device)}
        {' · '}
        {heardAtMs === null ? (
          words.neverHeard
        ) : (
          <>
            {words.heard} <Ago atMs={heardAtMs} />
          </>
        )}
        {' · '}
        {recordsWords(records)}
        {replacedBy !== null && ` · ${words.replacedBy(replacedBy)}`}
        {liveGrants > 0 && ` · ${holdsWords(liveGrants)}`}
      </div>
    </div>
  );
}
