// Words of the Approvals screen.
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { count, length, listAll } from '../format.ts';
import { revokeWords } from './common.ts';

export const approvalWords = {
  title: 'Waiting for you',
  asked: 'asked',
  approveFor: (ms: number): string => `Approve ${length(ms)}`,
  shorter: 'Shorter…',
  reject: 'Reject…',
  shorterTitle: 'Approve less',
  shorterBody: 'What you approve replaces what was asked. You can only make it smaller.',
  rejectTitle: 'Reject this request?',
  rejectBody: 'One rejection ends it. The requester is told, with your words.',
  rejectReason: 'Why not (the requester reads this)',
  rejectDo: 'Reject',
  howLong: 'For how long',
  actions: 'To do what',
  freshSignIn: 'Counts only right after a fresh sign-in.',
  willSignIn: 'You will be asked to sign in before it counts.',
  isFresh: (time: string): string => `You have just signed in: your answer counts until ${time}.`,
  proving: 'Waiting for your sign-in. Your answer goes out right after it.',
  emergency: 'emergency',
  goneTitle: 'No longer waits for you',
  goneBody: 'Somebody else answered it meanwhile, or it was withdrawn.',
  goneDismiss: 'OK',
  extension: 'extension',
  firstTime: 'first time',
  emptyTitle: 'Nothing waits for you',
  emptyBody: 'When somebody asks for something that you may approve, it appears here and as a notification.',
  ticket: (ticket: string): string => `Ticket: ${ticket}`,
  cardName: (requester: string, resource: string): string => `${requester} asks for ${resource}`,
  groupName: (requester: string): string => `Answer ${requester}`,
  answered: 'Answered',
} as const;

/** What policy says. */
export function policyLine({ reasons, breakGlass }: ApprovalCard): string {
  if (breakGlass) return 'They call it an emergency: everybody concerned is told.';
  const titles = reasons.map((reason) => reason.title);
  return titles.length === 0 ? 'Policy asks for people here.' : `Why it needs you: ${titles.join('; ')}.`;
}

/** How this person stood to this resource before. */
export function beforeLine({ heldBefore }: ApprovalCard): string {
  const { times, withinDays, refused } = heldBefore;
  const no = refused === 0 ? '' : refused === 1 ? ', refused once' : `, refused ${count(refused)} times`;
  if (times === 0) return `First time: never held in ${count(withinDays)} days${no}.`;
  return `Held ${times === 1 ? 'once' : `${count(times)} times`} in ${count(withinDays)} days${no}.`;
}

export function revokeLine({ revokeClass }: ApprovalCard): string {
  return revokeWords(revokeClass).replace('when you say Done', 'after a revoke');
}

/** Who has answered, where more than this person must. Names come last. */
export function answersLine({ neededApprovals, answers }: ApprovalCard): string | null {
  const approved = answers.filter(({ answer }) => answer === 'approve').map(({ name }) => name);
  if (neededApprovals <= 1 && approved.length === 0) return null;
  const so = `${count(approved.length)} of ${count(neededApprovals)} approvals`;
  return approved.length === 0 ? `${so} so far.` : `${so}: ${listAll(approved)}.`;
}

export function remindedLine({ reminded, escalated }: ApprovalCard): string | null {
  if (escalated) return 'You are asked because nobody answered in time.';
  if (reminded === 0) return null;
  return reminded === 1 ? 'Reminded once.' : `Reminded ${count(reminded)} times.`;
}

export const isFirstTime = (card: ApprovalCard): boolean => card.heldBefore.times === 0;
