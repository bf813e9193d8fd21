// Who is signed in and how things stand; in the form, the way back.
import { ChevronDown, ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { useDesktopState } from './desktop.tsx';
import { useNavigation } from './navigation.tsx';
import { ActionMenu } from './parts/action-menu.tsx';
import { Button } from './parts/button.tsx';
import { Icon } from './parts/card.tsx';
import { Logo } from './parts/logo.tsx';
import { Name } from './parts/said.tsx';
import { hostOf, isSignedOut } from './sign-in/standing.ts';
import { useCommand } from './parts/use-command.ts';
import { words } from './words/common.ts';
import { formWords } from './words/form.ts';
import { bannersOf } from './words/trouble.ts';

export function Header(): ReactNode {
  return (
    <header className="header">
      <Logo />
      <h1>{words.product}</h1>
      <span className="grow" />
      <Person />
    </header>
  );
}

/** Of a screen over the tabs, with the way back. */
export function BackHeader(props: { readonly title: string; readonly onBack: () => void }): ReactNode {
  return (
    <header className="header">
      <Button look="icon" aria-label={words.back} onPress={props.onBack}>
        <Icon of={ChevronLeft} />
      </Button>
      <h1>{props.title}</h1>
      <span className="grow" />
      <kbd className="quiet">{formWords.esc}</kbd>
    </header>
  );
}

function Person(): ReactNode {
  const { me, people, mode, connection } = useDesktopState();
  const where = connection.kind === 'team' ? hostOf(connection.url) : words.modes[mode];
  const command = useCommand();
  const { say } = useNavigation();
  const choose = async (user: string): Promise<void> => {
    const answer = await command.run('choose-person', { user });
    if (answer.ok) say(people.find((person) => person.user === user)?.name ?? user);
  };
  if (me === null)
    return (
      <span className="who quiet">
        <span className="dot idle" />
        {words.nobody}
        {connection.kind === 'team' && <span className="mode"> · {where}</span>}
      </span>
    );
  const label = (
    <>
      <StateDot />
      <Name>{me.name}</Name>
      <span className="mode"> · {where}</span>
    </>
  );
  if (mode !== 'embedded' || people.length < 2) return <span className="who quiet">{label}</span>;
  return (
    <span className="who quiet">
      <ActionMenu
        look="link"
        name={`${me.name}, ${where}. ${words.personMenu}`}
        label={
          <>
            {label}
            <Icon of={ChevronDown} />
          </>
        }
        selected={me.user}
        entries={people.map((person) => ({ id: person.user, label: person.name }))}
        onAction={(user) => void choose(user)}
        isDisabled={command.running}
      />
    </span>
  );
}

function StateDot(): ReactNode {
  const state = useDesktopState();
  const standing = standingOf(state);
  return (
    <span className={`dot ${standing}`}>
      <span className="for-readers">{words.standing[standing]}</span>
    </span>
  );
}

function standingOf(state: DesktopState): 'ok' | 'warn' | 'bad' {
  const banners = bannersOf(state);
  if (banners.some((banner) => banner.tone === 'bad')) return 'bad';
  const isStuck = state.sinks.some(({ needsLook }) => needsLook);
  return banners.length > 0 || isStuck || isSignedOut(state) ? 'warn' : 'ok';
}
