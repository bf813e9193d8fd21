// Words of the Approvals screen.
import type { ApprovalCard } from '#shared/contracts/desktop/state.ts';
import { length, listAll } from '../format.ts';
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
  extension: 'extension',
  firstTime: 'first time',
  emptyTitle: 'Nothing waits for you',
  emptyBody: 'When somebody asks for something that you may approve, it appears here and as a notification.',
  ticket: (ticket: string): string => `Ticket: ${ticket}`,
  cardName: (requester: string, resource: string): string => `${requester} asks for ${resource}`,
  groupName: (requester: string): string => `Answer ${requester}`,
  answered: 'Answered',
} as const;

/** Why policy asks people, who has answered, what this person did before, and what a revoke could still do. */
export function whyLine(card: ApprovalCard): string {
  const reasons = card.reasons.map((reason) => reason.title);
  const parts = [reasons.length === 0 ? 'Policy asks for people here.' : `Why it needs you: ${reasons.join('; ')}.`];
  if (card.neededApprovals > 1) {
    const done = card.answers.filter((answer) => answer.answer === 'approve').length;
    parts.push(`${done} of ${card.neededApprovals} approvals so far.`);
  }
  parts.push(beforeLine(card), revokeWords(card.revokeClass).replace('when you say Done', 'after a revoke'));
  const approved = card.answers.filter((answer) => answer.answer === 'approve').map((answer) => answer.name);
  if (approved.length > 0) parts.push(`Approved by ${listAll(approved)}.`);
  return parts.filter((part) => part !== '').join(' ');
}

function beforeLine({ heldBefore }: ApprovalCard): string {
  const { times, withinDays, refused } = heldBefore;
  const no = refused === 0 ? '' : refused === 1 ? ', refused once' : `, refused ${refused} times`;
  if (times === 0) return refused === 0 ? '' : `Never held before${no}.`;
  return `Held ${times === 1 ? 'once' : `${times} times`} in ${withinDays} days${no}.`;
}

export const isFirstTime = (card: ApprovalCard): boolean => card.heldBefore.times === 0;
