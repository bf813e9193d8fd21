// What went wrong in words that a person understands, one table for all commands. Codes are stable, words may change.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { ProblemCode } from '#shared/contracts/problem.ts';
import { assertNever, err, type Result } from '#shared/domain/result.ts';
import type { AttemptFailed } from './connection/ask-provider.ts';
import type { SignInRefused } from './connection/sign-in-state.ts';
import type { KeychainProblem } from './keychain-port.ts';
import type { AcceptRefused, KeyNotChanged } from './outbox-port.ts';
import type { Refused } from './session/reach.ts';
import type { CheckOutRefused, UseRefused } from './vault/vault.ts';
import { cleanLine } from './clean-text.ts';

const OWN_WORDS = {
  broker_unreachable: 'The broker cannot be reached. Nothing is lost: try again in a moment',
  no_person: 'Nobody is chosen to act as yet',
  confirmation_mismatch: 'What was typed is not the name',
  not_known: 'This is not here any more',
  locked: 'Unlock the screen first',
  stale: 'This was answered or changed meanwhile',
  collecting: 'This is being collected already',
  clock_jump: 'The clock of this machine jumped. Say first whether it is right now',
  keychain_none: 'This system has no keychain that Daypass can use',
  keychain_locked: 'The keychain is locked. Unlock it and try again',
  keychain_too_large: 'The credential is larger than a keychain holds',
  keychain_failed: 'The keychain did not do what it was asked',
  not_recorded: 'It could not be written into the log, so nothing was done',
  disk_full: 'The disk is full, and without a record no access is given',
  backlog_full: 'Too many records wait to be sent, so no new access is given',
  alarm: 'The log does not match what the broker has seen. No new access until that is cleared up',
  no_alarm: 'There is no alarm any more that you could end',
  ledger_not_signed: "The broker's log is not signed as it should be, so there is nothing to go on from",
  key_not_synced: 'The log has not all arrived at the broker. The key was not changed',
  key_open_requests: 'Collect or withdraw your requests first. The key was not changed',
  key_refused: 'The broker did not take it. The key was not changed',
  key_undecided: 'The broker has not answered yet. It is asked again; both keys are kept until then',
  interrupted: 'The broker did not answer. The access is not lost: try again',
  not_active: 'This access is not active any more',
  missing: 'The keychain lost this credential. Ask for access again',
  clipboard_failed: 'The clipboard did not take it',
  managed: 'Your organisation sets this',
  signed_out: 'Sign in first. Nothing is lost',
  no_broker: 'No Daypass broker answers at this address',
  not_wiped: 'A credential could not be deleted here, so nothing was changed',
  embedded_only: 'This desktop uses its own broker: there is nothing to sign in to',
  sign_in_busy: 'A sign-in is under way already',
  sign_in_cancelled: 'The sign-in was cancelled',
  sign_in_timed_out: 'Nobody signed in in time',
  sign_in_denied: 'The sign-in was refused',
  sign_in_browser: 'The browser could not be opened',
  sign_in_unreachable: 'The sign-in page cannot be reached. Try again in a moment',
  sign_in_another_account: 'This was another account. Sign in with the one that you use here',
  sign_in_not_fresh: 'The sign-in page did not ask again who you are',
  sign_in_not_trusted: 'What came back from the sign-in cannot be trusted',
  not_saved: 'The setting could not be saved',
  sink_name_taken: 'There is one of this name already',
  sink_too_many: 'The log goes to eight places at most',
  sink_file_exists: 'There is a file of this name in that folder already. Choose another name or folder',
  sink_not_a_folder: 'This folder cannot be used. Choose another one',
  sink_folder_not_chosen: "Choose the folder in the system's own window",
  sink_not_sent: 'It was not accepted. What waits is kept',
  sink_no_secret: 'It has no secret that could be changed',
  sink_bad_secret: 'This is no secret of the kind that it takes',
  export_failed: 'The log could not be written into this folder',
  nothing_to_extend: 'Only active access can be extended',
  internal: 'Something broke on our side',
} as const;
export type OwnCode = keyof typeof OWN_WORDS;

/** The broker's codes in a person's words; its own titles speak to programs. */
const BROKER_WORDS: Readonly<Record<ProblemCode, string>> = {
  invalid_request: 'The broker does not accept this as it is',
  device_proof_required: 'This desktop could not prove itself to the broker',
  invalid_device_proof: 'This desktop could not prove itself to the broker',
  unauthenticated: 'The broker does not know you',
  fresh_sign_in_required: 'Sign in again to do this',
  forbidden: 'You may not do this',
  denied_by_policy: 'Policy refuses this',
  not_found: 'This is not here any more',
  method_not_allowed: 'Something broke on our side',
  legal_hold: 'A legal hold stands. Nothing of this person is erased until it is released',
  state_conflict: 'This was answered or changed meanwhile',
  scope_changed: 'What was asked is not what you saw. Look again',
  collect_conflict: 'This was collected elsewhere',
  idempotency_conflict: 'This was sent before with other contents',
  too_early: 'It is too early for this',
  already_answered: 'You answered this already',
  wrong_host: 'The broker is not called by its own name. Check its address',
  payload_too_large: 'This is too long',
  unsupported_media_type: 'Something broke on our side',
  wider_than_scope: 'You can only give less than what was asked',
  rate_limited: 'Too many tries at once. Wait a moment',
  invalid_checkpoint: "The broker does not accept this desktop's log",
  sequence_gap: "The broker misses a part of this desktop's log",
  signed_fork: "The broker knows another version of this desktop's log",
  internal: 'Something broke on our side',
  configuration_refused: 'The configuration has problems. The old one stays in force',
  unavailable: 'The broker cannot do this at the moment. Try again',
};

export function problemOf(code: OwnCode, detail: string | null = null): CommandProblem {
  return { code, title: OWN_WORDS[code], detail };
}

/** What the broker answered, or that it did not. Its words are cleaned: a policy's author wrote some of them. */
export function brokerProblem(refused: Refused): CommandProblem {
  if (refused.code === 'unreachable') return problemOf('broker_unreachable');
  const detail = refused.detail === undefined ? null : cleanLine(refused.detail, 300);
  return { code: refused.code, title: BROKER_WORDS[refused.code], detail };
}

/** What the broker answered, its refusal in words. */
export function brokerReply<T>(reply: Result<T, Refused>): Result<T, CommandProblem> {
  return reply.ok ? reply : err(brokerProblem(reply.error));
}

export function keychainProblem(problem: KeychainProblem): CommandProblem {
  return problemOf(`keychain_${problem}`);
}

/** Why an alarm about the broker's ledger stays. */
export function keyProblem(refused: KeyNotChanged): CommandProblem {
  switch (refused) {
    case 'unreachable':
      return problemOf('broker_unreachable');
    case 'not_synced':
      return problemOf('key_not_synced');
    case 'no_key':
      return problemOf('keychain_failed');
    case 'open_requests':
      return problemOf('key_open_requests');
    case 'refused':
      return problemOf('key_refused');
    case 'undecided':
      return problemOf('key_undecided');
  }
}

export function acceptProblem(refused: AcceptRefused): CommandProblem {
  switch (refused) {
    case 'no_alarm':
      return problemOf('no_alarm');
    case 'unreachable':
      return problemOf('broker_unreachable');
    case 'not_signed':
      return problemOf('ledger_not_signed');
  }
}

export function checkOutProblem(refused: CheckOutRefused): CommandProblem {
  switch (refused.code) {
    case 'keychain':
      return keychainProblem(refused.problem);
    case 'refused':
      return brokerProblem(refused.problem);
    case 'interrupted':
    case 'not_recorded':
      return problemOf(refused.code);
  }
}

/** Why a sign-in did not come about. */
export function signInProblem(refused: AttemptFailed | SignInRefused): CommandProblem {
  switch (refused) {
    case 'busy':
      return problemOf('sign_in_busy');
    case 'nobody':
      return problemOf('signed_out');
    case 'no_broker':
      return problemOf('no_broker');
    case 'unreachable':
      return problemOf('broker_unreachable');
    case 'provider_unreachable':
      return problemOf('sign_in_unreachable');
    case 'another_account':
    case 'not_fresh':
    case 'timed_out':
    case 'denied':
    case 'browser':
    case 'cancelled':
    case 'not_trusted':
      return problemOf(`sign_in_${refused}`);
    case 'over':
      return problemOf('sign_in_cancelled');
    case 'rejected':
    case 'pending':
    case 'slow_down':
      return problemOf('sign_in_not_trusted');
    default:
      return assertNever(refused);
  }
}

export function useProblem(refused: UseRefused): CommandProblem {
  return refused.code === 'keychain' ? keychainProblem(refused.problem) : problemOf(refused.code);
}
