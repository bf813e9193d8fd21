// What went wrong, for a person: by the stable code, else as the main process said it.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { failureTold } from './sign-in.ts';

type Told = { readonly title: string; readonly detail: string | null };

const PROBLEMS: Readonly<Record<string, Told>> = {
  offline: { title: 'The broker cannot be reached', detail: 'Nothing was sent. Try again when you are back online.' },
  unavailable: { title: 'The broker is not ready', detail: 'Nothing was sent. Try again in a moment.' },
  unauthenticated: { title: 'Who are you?', detail: 'Sign in again, then repeat this.' },
  fresh_sign_in_required: {
    title: 'Sign in again first',
    detail: 'What weighs so much counts only right after a fresh sign-in.',
  },
  forbidden: { title: 'You may not do this', detail: null },
  denied_by_policy: { title: 'Policy refuses this', detail: null },
  not_found: { title: 'This is gone', detail: 'It was answered, withdrawn or has ended.' },
  legal_hold: { title: 'A legal hold stands', detail: 'Nothing of this person is erased until it is released.' },
  state_conflict: { title: 'This changed meanwhile', detail: 'Look at it again: it is not what it was.' },
  scope_changed: { title: 'The request changed', detail: 'It is not the one that you saw. Read it again.' },
  already_answered: { title: 'You have answered this already', detail: null },
  // The broker says what for: a start, or another reminder.
  too_early: { title: 'Too early', detail: null },
  another_person: { title: 'Somebody else is shown now', detail: 'Look again before you do this.' },
  rate_limited: { title: 'Too fast', detail: 'Wait a moment and try again.' },
  wider_than_scope: { title: 'An approval can only make it smaller', detail: null },
  invalid_request: { title: 'The broker does not accept this', detail: null },
  confirmation_mismatch: { title: 'That is not the name', detail: 'Type the name exactly as it stands above.' },
  broken: { title: 'Daypass did not answer', detail: 'Try again. If it stays like this, quit and start the app.' },
  keychain_locked: { title: 'Your keychain is locked', detail: 'Unlock it and try again.' },
  keychain_unavailable: { title: 'The keychain does not answer', detail: 'The token could not be stored.' },
  disk_full: { title: 'The disk is full', detail: 'Free some space: without a record nothing is issued.' },
  clipboard_failed: { title: 'The clipboard could not be written', detail: 'Nothing was copied. Try again.' },
  locked: { title: 'The session is locked', detail: 'Unlock it first.' },
  not_yet: { title: 'Not yet', detail: 'Buttons do nothing in their first second.' },
  cooldown: {
    title: 'Somebody has just said no to this',
    detail:
      'The same may be asked again later; something smaller, or with other reasons, may be asked of them directly.',
  },
  signed_out: { title: 'Sign in first', detail: 'Nothing is lost: what waits is kept.' },
  broker_unreachable: {
    title: 'Nothing answers at this address',
    detail: 'Or what answers cannot prove who it is. Look at the address and your network.',
  },
  no_broker: { title: 'No Daypass broker answers there', detail: 'Something else does. Look at the address again.' },
  managed: { title: 'Your organisation chose the broker', detail: 'It cannot be changed here.' },
  not_wiped: {
    title: 'Something could not be wiped here',
    detail: 'So nothing was changed. Look at what is held, then try again.',
  },
  sign_in_busy: { title: 'A sign-in is under way', detail: 'Finish it or cancel it first.' },
  backlog_full: {
    title: 'Too many records wait to be synced',
    detail: 'New access starts again once the log has caught up.',
  },
};

const SIGN_IN = 'sign_in_';

export function problemWords(problem: CommandProblem): Told {
  const known = Object.hasOwn(PROBLEMS, problem.code) ? PROBLEMS[problem.code] : undefined;
  if (known === undefined && problem.code.startsWith(SIGN_IN)) {
    const { title, body } = failureTold(problem.code.slice(SIGN_IN.length));
    return { title, detail: `${body} Nothing was sent.` };
  }
  if (known === undefined) return { title: problem.title, detail: problem.detail };
  return { title: known.title, detail: known.detail ?? problem.detail };
}

/** A code that came without words, as of a grant or a request. */
export function codeWords(code: string): string {
  const told = problemWords({ code, title: `It failed (${code.replaceAll('_', ' ')}).`, detail: null });
  return told.detail === null ? told.title : `${told.title}. ${told.detail}`;
}
