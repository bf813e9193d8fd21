// How the person stands with a team's broker, as the screens ask. Pure.
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';

export type Team = Extract<DesktopState['connection'], { kind: 'team' }>;

export function teamOf({ connection }: Pick<DesktopState, 'connection'>): Team | null {
  return connection.kind === 'team' ? connection : null;
}

/** Nobody is signed in at a team's broker: it answers nothing until somebody is. */
export function isSignedOut(state: Pick<DesktopState, 'connection' | 'broker'>): boolean {
  const team = teamOf(state);
  return team !== null && (team.signIn.kind === 'signed_out' || state.broker.kind === 'signed_out');
}

/** Nothing of the person is here, so signing in is all that can be done. */
export function hasOnlySignIn(state: DesktopState): boolean {
  return isSignedOut(state) && state.grants.length + state.requests.length + state.approvals.length === 0;
}

/** A sign-in that goes on outside of this window. */
export type Signing = Extract<SignInState, { kind: 'in_browser' | 'device_code' }>;

export function signingOf(state: Pick<DesktopState, 'connection'>): Signing | null {
  const signIn = teamOf(state)?.signIn;
  return signIn?.kind === 'in_browser' || signIn?.kind === 'device_code' ? signIn : null;
}

/** Until when an answer about confidential data counts without another sign-in; null when it would not. */
export function freshUntil(state: Pick<DesktopState, 'connection'>, nowMs: number): number | null {
  const signIn = teamOf(state)?.signIn;
  if (signIn?.kind !== 'signed_in' || signIn.freshUntilMs === null) return null;
  return signIn.freshUntilMs > nowMs ? signIn.freshUntilMs : null;
}

/** The host of an address, for people to read; the address itself where it is none. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
