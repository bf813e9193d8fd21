// Said before the click: the broker will want to see who answers. While the browser is open, how that goes on.
import { KeyRound, LoaderCircle, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { nowMs } from '../clock.ts';
import { useDesktopState } from '../desktop.tsx';
import { until } from '../format.ts';
import { Icon } from '../parts/card.tsx';
import { SignInSteps } from '../sign-in/sign-in-steps.tsx';
import { hostOf, teamOf } from '../sign-in/standing.ts';
import { useFreshness, type Freshness } from '../sign-in/use-fresh.ts';
import { approvalWords as words } from '../words/approvals.ts';
import { signInTold } from '../words/sign-in.ts';

export function FreshLine(props: {
  readonly card: ApprovalCard;
  readonly running: boolean;
  readonly id?: string;
}): ReactNode {
  const freshness = useFreshness();
  if (!props.card.freshSignIn) return null;
  const told = toldOf(freshness, props.running);
  return (
    <p className="quiet fresh" id={props.id}>
      <Icon of={told.icon} {...(told.icon === LoaderCircle ? { className: 'spin' } : {})} /> {told.text}
    </p>
  );
}

/** Where a sheet covers the banner: the same steps, within the sheet. */
export function FreshSteps(props: { readonly running: boolean }): ReactNode {
  const team = teamOf(useDesktopState());
  const freshness = useFreshness();
  if (team === null || !props.running || freshness.kind !== 'proving') return null;
  const told = signInTold(freshness.signing, hostOf(team.url), team.signInHost);
  return (
    <div className="notice accent fresh-steps" role="status">
      <Icon of={LoaderCircle} className="notice-icon spin" />
      <div className="grow">
        <strong>{told.title}</strong>
        <p>{told.body}</p>
        <SignInSteps signIn={freshness.signing} />
      </div>
    </div>
  );
}

function toldOf(freshness: Freshness, running: boolean): { readonly icon: typeof KeyRound; readonly text: string } {
  switch (freshness.kind) {
    case 'asserted':
      return { icon: KeyRound, text: words.freshSignIn };
    case 'stale':
      return { icon: KeyRound, text: words.willSignIn };
    case 'fresh':
      return { icon: ShieldCheck, text: words.isFresh(until(freshness.untilMs, nowMs())) };
    case 'proving':
      return running ? { icon: LoaderCircle, text: words.proving } : { icon: KeyRound, text: words.willSignIn };
  }
}
