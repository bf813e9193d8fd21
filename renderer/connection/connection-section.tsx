// In Settings: which broker this desktop uses, who is signed in there, and the ways out.
import { Lock } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { useDesktopState } from '../desktop.tsx';
import { until } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import { SignInSteps } from '../sign-in/sign-in-steps.tsx';
import { freshUntil, hostOf, teamOf, type Team } from '../sign-in/standing.ts';
import { connectionWords as words } from '../words/connection.ts';
import { signInTold } from '../words/sign-in.ts';
import { LeaveSheet } from './leave-sheet.tsx';

export function ConnectionSection(): ReactNode {
  const team = teamOf(useDesktopState());
  return (
    <Section id="connection" title={words.title}>
      {team === null ? <Embedded /> : <TeamCard team={team} />}
    </Section>
  );
}

function Embedded(): ReactNode {
  const { go } = useNavigation();
  return (
    <div className="card">
      <strong>{words.embedded}</strong>
      <p className="quiet">{words.embeddedHint}</p>
      <div className="buttons">
        <Button onPress={() => go({ go: 'connect' })}>{words.toTeam}</Button>
      </div>
    </div>
  );
}

function TeamCard(props: { readonly team: Team }): ReactNode {
  const { team } = props;
  return (
    <div className="card">
      <dl className="about">
        <div>
          <dt>{words.team}</dt>
          <dd className="host">{hostOf(team.url)}</dd>
        </div>
        {team.signInHost !== null && (
          <div>
            <dt>{words.signInPage}</dt>
            <dd className="host">{team.signInHost}</dd>
          </div>
        )}
        <div>
          <dt>{words.person}</dt>
          <dd>
            <Standing team={team} />
          </dd>
        </div>
      </dl>
      {team.managed && (
        <p className="hint managed">
          <Icon of={Lock} /> {words.managed}
        </p>
      )}
      <SigningIn team={team} />
      <Ways team={team} />
    </div>
  );
}

function Standing({ team }: { readonly team: Team }): ReactNode {
  const { me } = useDesktopState();
  const { signIn } = team;
  if (signIn.kind === 'signed_in') return <Name>{signIn.name}</Name>;
  if ((signIn.kind === 'in_browser' || signIn.kind === 'device_code') && signIn.fresh && me !== null)
    return <Name>{me.name}</Name>;
  return signIn.kind === 'signed_out' || signIn.kind === 'failed' ? words.nobody : words.waiting;
}

function SigningIn({ team }: { readonly team: Team }): ReactNode {
  const { signIn } = team;
  if (signIn.kind === 'signed_in') {
    const fresh = freshUntil({ connection: team }, nowMs());
    return fresh !== null && <p className="hint">{words.freshUntil(until(fresh, nowMs()))}</p>;
  }
  const told = signInTold(signIn, hostOf(team.url), team.signInHost);
  return (
    <div className="setting-apart" role="status">
      <strong>{told.title}</strong>
      <p className="quiet">{told.body}</p>
      <SignInSteps signIn={signIn} />
    </div>
  );
}

function Ways({ team }: { readonly team: Team }): ReactNode {
  const { go } = useNavigation();
  const [leaving, setLeaving] = useState<'sign-out' | 'disconnect' | null>(null);
  const close = (): void => setLeaving(null);
  const isIn = team.signIn.kind === 'signed_in';
  if (!isIn && team.managed) return null;
  return (
    <div className="buttons">
      {isIn && <Button onPress={() => setLeaving('sign-out')}>{words.signOut}</Button>}
      {!team.managed && (
        <>
          <Button onPress={() => go({ go: 'connect' })}>{words.other}</Button>
          <Button look="danger" onPress={() => setLeaving('disconnect')}>
            {words.disconnect}
          </Button>
        </>
      )}
      <LeaveSheet how="sign-out" team={team} isOpen={leaving === 'sign-out'} onClose={close} />
      <LeaveSheet how="disconnect" team={team} isOpen={leaving === 'disconnect'} onClose={close} />
    </div>
  );
}
