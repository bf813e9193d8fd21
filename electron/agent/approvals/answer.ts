// The person's answer to somebody else's request, from the window or from a notification: always to the exact scope that
// was shown.
import type { CommandParsed, CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Answer } from '#shared/client/broker-client.ts';
import { brokerReply, problemOf } from '../problem-words.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';
import { sendProven } from '../session/send-proven.ts';
import type { SessionDeps } from '../session/session-deps.ts';

export type GivenAnswer = CommandParsed<'answer'>;

/** From a notification nobody is asked to sign in: the window, which says what for, is where that happens. */
export type AnsweredFrom = 'window' | 'notice';

/** Refused while locked, when what waits is not what was shown, and when the broker wants a sign-in that is not made. */
export async function answerRequest(
  deps: Pick<SessionDeps, 'presence' | 'notices' | 'ensureFresh' | 'answeredHere'>,
  person: Pick<Person, 'book' | 'call' | 'rereadRequest'>,
  given: GivenAnswer,
  from: AnsweredFrom,
): Promise<Result<null, CommandProblem>> {
  if (deps.presence.locked()) return err(problemOf('locked'));
  const waiting = person.book.approvals().get(given.requestId);
  if (waiting === undefined || waiting.scopeHash !== given.scopeHash) return err(problemOf('stale'));
  const send = async () =>
    await person.call((client) => reach(() => client.answer(given.requestId, brokerAnswer(given))));
  // Before it is sent: the request may be gone from the list before the answer to this call is here.
  deps.answeredHere.add(given.requestId);
  const answered = from === 'window' ? await sendProven(deps, send) : brokerReply(await send());
  person.rereadRequest(given.requestId);
  if (!answered.ok) {
    deps.answeredHere.delete(given.requestId);
    return answered;
  }
  deps.notices.approvalGone(given.requestId);
  return ok(null);
}

function brokerAnswer({ answer, scopeHash, reason, narrowToMs, narrowToActions }: GivenAnswer): Answer {
  const narrows = answer === 'approve' && (narrowToMs !== null || narrowToActions !== null);
  return {
    answer,
    scopeHash,
    ...(reason === null || reason.trim() === '' ? {} : { reason }),
    ...(narrows
      ? {
          narrowTo: {
            ...(narrowToMs === null ? {} : { durationMs: narrowToMs }),
            ...(narrowToActions === null ? {} : { actions: narrowToActions }),
          },
        }
      : {}),
  };
}
