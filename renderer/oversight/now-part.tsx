// Who has what at this moment, by person, with the time it ends by itself and the ways to end it sooner.
import { ShieldCheck } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { HeldAccess } from '#shared/contracts/desktop/oversight.ts';
import { Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { heldSummary, oversightWords as words } from '../words/oversight.ts';
import { FindField, matches } from './find-field.tsx';
import { HolderCard } from './holder-card.tsx';
import { Nothing, ReadFrame } from './read-frame.tsx';
import { useRead } from './use-read.ts';

/** From this many on there is a field to find one. */
const MANY = 6;

export function NowPart(): ReactNode {
  const reading = useRead('who-has-what');
  const [wanted, setWanted] = useState('');
  return (
    <ReadFrame reading={reading}>
      {(all) => {
        if (all.length === 0)
          return <Nothing icon={ShieldCheck} title={words.nowEmptyTitle} body={words.nowEmptyBody} />;
        const shown = all.filter(({ holder, resource }) => matches(wanted, [holder, resource.name, resource.id]));
        const holders = byPerson(shown);
        return (
          <Section
            id="now-held"
            title={words.nowTitle}
            aside={
              <span className="quiet">
                {heldSummary(byPerson(all).length, all.length)}
                {reading.readAtMs !== null && reading.problem === null && (
                  <>
                    {' · '}
                    <Ago atMs={reading.readAtMs} />
                  </>
                )}
              </span>
            }
          >
            {all.length >= MANY && <FindField value={wanted} onChange={setWanted} />}
            {holders.length === 0 && <p className="quiet none">{words.nothingFound}</p>}
            <ul className="cards">
              {holders.map((held) => (
                <HolderCard key={held[0]?.person} held={held} onChanged={reading.again} />
              ))}
            </ul>
          </Section>
        );
      }}
    </ReadFrame>
  );
}

/** Who holds something whose end comes first stands first. */
function byPerson(all: readonly HeldAccess[]): readonly (readonly HeldAccess[])[] {
  const sorted = all.toSorted((a, b) => a.endsAtMs - b.endsAtMs);
  return [...Map.groupBy(sorted, ({ person }) => person).values()];
}
