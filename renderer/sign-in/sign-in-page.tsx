// What a team's desktop shows while nobody is signed in and nothing is held: one thing to do.
import { CircleAlert, LoaderCircle, LogIn } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { signInTold, signInWords as words } from '../words/sign-in.ts';
import { SignInSteps } from './sign-in-steps.tsx';
import { hostOf, teamOf } from './standing.ts';

export function SignInPage(): ReactNode {
  const team = teamOf(useDesktopState());
  const { go } = useNavigation();
  if (team === null) return null;
  const { signIn } = team;
  const told = signInTold(signIn, hostOf(team.url), team.signInHost);
  const isRefused = signIn.kind === 'signed_out' && signIn.why === 'refused';
  const isBad = isRefused || signIn.kind === 'failed';
  return (
    <div className={`empty sign-in-page ${isBad ? 'bad' : ''}`} role="status">
      <span className="empty-icon">
        {signIn.kind === 'in_browser' ? (
          <Icon of={LoaderCircle} className="spin" />
        ) : (
          <Icon of={isBad ? CircleAlert : LogIn} />
        )}
      </span>
      <h2>{told.title}</h2>
      <p>{told.body}</p>
      <SignInSteps signIn={signIn} />
      <Button look="link" onPress={() => go({ go: 'tab', tab: 'settings' })}>
        {words.otherBroker}
      </Button>
    </div>
  );
}
