// The same above a screen that still shows what is held, and while somebody who is signed in proves it again.
import { CircleAlert, KeyRound, LoaderCircle, LogIn, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import { useDesktopState } from '../desktop.tsx';
import { Icon } from '../parts/card.tsx';
import { signInTold, signInWords as words } from '../words/sign-in.ts';
import { SignInSteps } from './sign-in-steps.tsx';
import { hostOf, isSignedOut, teamOf } from './standing.ts';

export function SignInBanner(): ReactNode {
  const state = useDesktopState();
  const team = teamOf(state);
  if (team === null || team.signIn.kind === 'signed_in') return null;
  const { signIn } = team;
  const told = signInTold(signIn, hostOf(team.url), team.signInHost);
  return (
    <div className={`notice banner sign-in ${toneOf(signIn)}`}>
      <Icon of={iconOf(signIn)} className={signIn.kind === 'in_browser' ? 'notice-icon spin' : 'notice-icon'} />
      <div className="grow">
        <strong>{told.title}</strong>
        <p>{told.body}</p>
        {isSignedOut(state) && state.grants.length > 0 && signIn.kind === 'signed_out' && <p>{words.held}</p>}
        <SignInSteps signIn={signIn} />
      </div>
    </div>
  );
}

function iconOf(signIn: SignInState): LucideIcon {
  switch (signIn.kind) {
    case 'in_browser':
      return LoaderCircle;
    case 'device_code':
      return KeyRound;
    case 'failed':
      return CircleAlert;
    case 'signed_out':
    case 'signed_in':
      return LogIn;
  }
}

function toneOf(signIn: SignInState): string {
  if (signIn.kind === 'failed') return 'bad';
  if (signIn.kind !== 'signed_out') return 'accent';
  return signIn.why === 'refused' ? 'bad' : 'warn';
}
