// For administrators: everybody who was ever signed in, and the switch that ends all of somebody at once.
import { Users } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { PersonCard } from '#shared/contracts/desktop/oversight.ts';
import { Button } from '../parts/button.tsx';
import { Chip, Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import { accountsWords, holdsWords, oversightWords as words } from '../words/oversight.ts';
import { FindField, matches } from './find-field.tsx';
import { Nothing, ReadFrame } from './read-frame.tsx';
import { ReasonSheet } from './reason-sheet.tsx';
import { useRead } from './use-read.ts';

const MANY = 8;

export function PeoplePart(): ReactNode {
  const reading = useRead('people');
  const [wanted, setWanted] = useState('');
  return (
    <ReadFrame reading={reading}>
      {(all) => {
        if (all.length === 0)
          return <Nothing icon={Users} title={words.peopleEmptyTitle} body={words.peopleEmptyBody} />;
        const shown = all.filter(({ name }) => matches(wanted, [name])).toSorted(byName);
        return (
          <Section id="people" title={words.peopleTitle}>
            {all.length >= MANY && <FindField value={wanted} onChange={setWanted} />}
            {shown.length === 0 ? (
              <p className="quiet none">{words.nothingFound}</p>
            ) : (
              <ul className="card rows">
                {shown.map((person) => (
                  <PersonRow key={person.person} person={person} onChanged={reading.again} />
                ))}
              </ul>
            )}
          </Section>
        );
      }}
    </ReadFrame>
  );
}

function PersonRow(props: { readonly person: PersonCard; readonly onChanged: () => void }): ReactNode {
  const { person, onChanged } = props;
  const [asking, setAsking] = useState(false);
  const disabled = !person.disabled;
  const told = disabled
    ? { title: words.disableTitle(person.name), body: words.disableBody, does: words.disableDo }
    : { title: words.enableTitle(person.name), body: words.enableBody, does: words.enableDo };
  return (
    <li className="person row" aria-label={person.name}>
      <div className="grow">
        <div className="title">
          <Name>{person.name}</Name>
          {person.disabled && <Chip tone="bad">{words.disabled}</Chip>}
        </div>
        <div className="quiet">
          <Facts person={person} />
        </div>
      </div>
      <Button
        look={disabled ? 'danger' : 'plain'}
        aria-label={disabled ? words.disableName(person.name) : words.enableName(person.name)}
        onPress={() => setAsking(true)}
      >
        {disabled ? words.disable : words.enable}
      </Button>
      <ReasonSheet
        title={told.title}
        label={words.reasonOnRecord}
        does={told.does}
        look={disabled ? 'danger' : 'primary'}
        isReasonNeeded
        isOpen={asking}
        onClose={() => setAsking(false)}
        onSend={async (command, reason) => {
          const answer = await command.run('set-disabled', { person: person.person, disabled, reason });
          onChanged();
          return answer.ok;
        }}
      >
        <p className="quiet">{told.body}</p>
      </ReasonSheet>
    </li>
  );
}

function Facts({ person }: { readonly person: PersonCard }): ReactNode {
  const accounts = accountsWords(person.accounts);
  return (
    <>
      {holdsWords(person.activeGrants)}
      {' · '}
      {person.lastSeenAtMs === null ? (
        words.never
      ) : (
        <>
          {words.seen} <Ago atMs={person.lastSeenAtMs} />
        </>
      )}
      {accounts !== null && ` · ${accounts}`}
    </>
  );
}

const byName = (one: PersonCard, other: PersonCard): number => one.name.localeCompare(other.name);
