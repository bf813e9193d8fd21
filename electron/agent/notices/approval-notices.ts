// What an approver or owner is told outside the window: who, what, why, and what hangs on it. Words of others come last.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { cleanLine } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import type { NoticePort } from '../ports.ts';
import { lengthWords } from './length-words.ts';

/** `reminded`: somebody, or policy, asks again. `escalated`: more people are asked, this one perhaps among them. */
export type ApprovalNews = 'new' | 'reminded' | 'escalated';

export type ApprovalNotices = {
  readonly approval: (request: RequestView, news: ApprovalNews) => void;
  readonly approvalGone: (requestId: string) => void;
  readonly emergency: (request: RequestView) => void;
};

const TITLES: Readonly<Record<ApprovalNews, string>> = {
  new: 'Somebody waits for your answer',
  reminded: 'Your answer is still waited for',
  escalated: 'Nobody answered in time: your answer is needed',
};

const approvalTag = (id: string): string => `approval:${id}`;

export function approvalNotices({ show, withdraw }: NoticePort): ApprovalNotices {
  return {
    approval: (request, news) =>
      show({
        tag: approvalTag(request.id),
        title: TITLES[news],
        body: bodyOf(request),
        urgency: 'normal',
        route: { screen: 'approvals', requestId: request.id },
        actions: [
          { kind: 'approve', label: 'Approve', requestId: request.id, scopeHash: request.scopeHash },
          { kind: 'reject', label: 'Reject', requestId: request.id, scopeHash: request.scopeHash },
        ],
      }),
    approvalGone: (requestId) => withdraw(approvalTag(requestId)),
    emergency: (request) =>
      show({
        tag: `emergency:${request.id}`,
        title: 'Emergency access was taken, without approval',
        body: bodyOf(request),
        urgency: 'critical',
        route: { screen: 'oversight', part: 'review' },
        actions: [],
      }),
  };
}

/** Who and what first, from the directory and the catalog; the requester's own words on a line of their own, and short. */
function bodyOf({ requester, resource, scope, justification }: RequestView): string {
  const facts = [
    cleanLine(requester.name, 80),
    cleanLine(resource.name),
    scope.actions.map((action) => cleanLine(action)).join(', '),
    lengthWords(lengthOf(scope.duration)),
    ...(resource.sensitivity === null ? [] : [resource.sensitivity]),
  ].join(' · ');
  const why = cleanLine(justification, 120);
  return why === '' ? facts : `${facts}\n${why}`;
}
