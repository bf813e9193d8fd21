// Whether an answer about confidential data would make the person sign in again now.
import { useDesktopState } from '../desktop.tsx';
import { useReached } from '../parts/use-reached.ts';
import { signingOf, teamOf, type Signing } from './standing.ts';

export type Freshness =
  /** The broker on this machine has nobody to ask. */
  | { readonly kind: 'asserted' }
  | { readonly kind: 'fresh'; readonly untilMs: number }
  | { readonly kind: 'stale' }
  /** The person is proving it right now. */
  | { readonly kind: 'proving'; readonly signing: Signing };

export function useFreshness(): Freshness {
  const state = useDesktopState();
  const team = teamOf(state);
  const untilMs = team?.signIn.kind === 'signed_in' ? team.signIn.freshUntilMs : null;
  const isOver = useReached(untilMs);
  if (team === null) return { kind: 'asserted' };
  const signing = signingOf(state);
  if (signing?.fresh === true) return { kind: 'proving', signing };
  return untilMs === null || isOver ? { kind: 'stale' } : { kind: 'fresh', untilMs };
}
