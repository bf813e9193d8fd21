// For administrators: everybody who was ever signed in, the switch that ends all of somebody at once, and what
// is done about their data.
import { Ellipsis, Users } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { PersonCard } from '#shared/contracts/desktop/oversight.ts';
import { ActionMenu, type MenuEntry } from '../parts/action-menu.tsx';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, Section } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import { accountsWords, holdsWords, oversightWords as words } from '../words/oversight.ts';
import { privacyWords as privacy } from '../words/privacy.ts';
import { EraseSheet } from './erase-sheet.tsx';
import { FindField, matches } from './find-field.tsx';
import { HoldSheet } from './hold-sheet.tsx';
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

const DATA: readonly MenuEntry[] = [
  { id: 'hold', label: privacy.hold },
  { id: 'erase', label: privacy.erase },
];

function PersonRow(props: { readonly person: PersonCard; readonly onChanged: () => void }): ReactNode {
  const { person, onChanged } = props;
  const [asking, setAsking] = useState<'disable' | 'hold' | 'erase' | null>(null);
  const close = (): void => setAsking(null);
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
        onPress={() => setAsking('disable')}
      >
        {disabled ? words.disable : words.enable}
      </Button>
      <ActionMenu
        look="icon"
        name={privacy.more(person.name)}
        label={<Icon of={Ellipsis} />}
        entries={DATA}
        onAction={(id) => setAsking(id === 'hold' ? 'hold' : 'erase')}
      />
      <HoldSheet person={person} isOpen={asking === 'hold'} onClose={close} />
      {asking === 'erase' && <EraseSheet person={person} onClose={close} onChanged={onChanged} />}
      <ReasonSheet
        title={told.title}
        label={words.reasonOnRecord}
        does={told.does}
        look={disabled ? 'danger' : 'primary'}
        isReasonNeeded
        isOpen={asking === 'disable'}
        onClose={close}
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
