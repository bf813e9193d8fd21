// A call that the broker takes only from somebody who has just signed in: sent, and after a sign-in sent once more.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, type Result } from '#shared/domain/result.ts';
import { brokerReply, problemOf } from '../problem-words.ts';
import type { Refused } from './reach.ts';
import type { SessionDeps } from './session-deps.ts';

/** Refuses as the broker does, as the sign-in does, and when the screen was locked meanwhile. */
export async function sendProven<T>(
  deps: Pick<SessionDeps, 'presence' | 'ensureFresh'>,
  send: () => Promise<Result<T, Refused>>,
): Promise<Result<T, CommandProblem>> {
  const first = await send();
  if (first.ok || first.error.code !== 'fresh_sign_in_required') return brokerReply(first);
  const proved = await deps.ensureFresh();
  if (!proved.ok) return proved;
  // What they agree to is what they saw before they went to sign in, and the screen is still theirs.
  if (deps.presence.locked()) return err(problemOf('locked'));
  // Once: who has just signed in and is still asked to is told so.
  return brokerReply(await send());
}
