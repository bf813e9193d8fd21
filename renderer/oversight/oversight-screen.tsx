// For owners and administrators: who has what now, people, computers, what was had, changes that need two people, and
// people's data.
import { useState, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { useDesktopState } from '../desktop.tsx';
import type { OversightPart } from '../route.ts';
import { oversightWords as words } from '../words/oversight.ts';
import { ChangesPart } from './changes-part.tsx';
import { DesktopsPart } from './desktops-part.tsx';
import { NowPart } from './now-part.tsx';
import { PeoplePart } from './people-part.tsx';
import { PrivacyPart } from './privacy-part.tsx';
import { ReviewPart } from './review/review-part.tsx';

const PARTS: readonly OversightPart[] = ['now', 'people', 'desktops', 'review', 'changes', 'privacy'];
const ADMINS_ONLY: ReadonlySet<OversightPart> = new Set(['people', 'desktops', 'privacy']);

export function OversightScreen(props: { readonly part: OversightPart }): ReactNode {
  const { me } = useDesktopState();
  const [chosen, setChosen] = useState(props.part);
  const parts = PARTS.filter((part) => !ADMINS_ONLY.has(part) || me?.admin === true);
  const part = parts.includes(chosen) ? chosen : 'now';
  return (
    <Tabs className="subtabs" selectedKey={part} onSelectionChange={(key) => setChosen(key as OversightPart)}>
      <TabList aria-label={words.name} className="subtab-list">
        {parts.map((each) => (
          <Tab key={each} id={each} className="subtab">
            {words.parts[each]}
          </Tab>
        ))}
      </TabList>
      <TabPanel key={part} id={part} className="subtab-panel">
        <Part part={part} />
      </TabPanel>
    </Tabs>
  );
}

function Part(props: { readonly part: OversightPart }): ReactNode {
  switch (props.part) {
    case 'now':
      return <NowPart />;
    case 'people':
      return <PeoplePart />;
    case 'desktops':
      return <DesktopsPart />;
    case 'review':
      return <ReviewPart />;
    case 'changes':
      return <ChangesPart />;
    case 'privacy':
      return <PrivacyPart />;
  }
}
