// What the person is told outside the window, one function an occasion. Words of others are cleaned and come last.
import { randomUUID } from 'node:crypto';
import type { GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import { assertNever } from '#shared/domain/result.ts';
import { cleanLine } from '../clean-text.ts';
import type { NoticePort } from '../ports.ts';
import type { LocalCopy, WipeReason } from '../vault/vault.ts';

export type OutcomeNotices = {
  readonly ready: (request: RequestView) => void;
  readonly stored: (request: RequestView) => void;
  readonly closed: (request: RequestView) => void;
  readonly collectFailed: (request: RequestView, why: string) => void;
  readonly beforeEnd: (copy: LocalCopy, name: string, left: string, extendable: boolean) => void;
  readonly wiped: (copy: LocalCopy, name: string, reason: WipeReason, view: GrantView | null) => void;
  readonly wipeFailed: (copy: LocalCopy, name: string) => void;
  readonly missing: (copy: LocalCopy, name: string) => void;
  readonly approval: (request: RequestView) => void;
  readonly approvalGone: (requestId: string) => void;
  readonly requestGone: (requestId: string) => void;
};

const requestTag = (id: string): string => `request:${id}`;
const approvalTag = (id: string): string => `approval:${id}`;
const grantTag = (copy: LocalCopy): string => `grant:${copy.issued?.grantId ?? copy.collectId}`;
const accessRoute = (copy: LocalCopy | null) => ({ screen: 'access', grantId: copy?.issued?.grantId ?? null }) as const;

export function createOutcomeNotices(port: NoticePort): OutcomeNotices {
  const show = port.show;
  return {
    ready: (request) =>
      show({
        tag: requestTag(request.id),
        title: 'Approved: start when you are ready',
        body: `The clock starts when you do. ${nameOf(request)}`,
        urgency: 'normal',
        route: accessRoute(null),
        actions: [{ kind: 'start', label: 'Start now', requestId: request.id }],
      }),
    stored: (request) =>
      show({
        tag: requestTag(request.id),
        title: 'You have access',
        body: nameOf(request),
        urgency: 'low',
        route: accessRoute(null),
        actions: [],
      }),
    closed: (request) => {
      const words = closedWords(request);
      if (words === null) return;
      show({ tag: requestTag(request.id), ...words, urgency: 'normal', route: accessRoute(null), actions: [] });
    },
    collectFailed: (request, why) =>
      show({
        tag: requestTag(request.id),
        title: 'Access was approved but could not be collected',
        body: `${why}. ${nameOf(request)}`,
        urgency: 'normal',
        route: accessRoute(null),
        actions: [{ kind: 'start', label: 'Try again', requestId: request.id }],
      }),
    ...copyNotices(port),
    approval: (request) =>
      show({
        tag: approvalTag(request.id),
        title: 'Somebody waits for your answer',
        // Who and what first, from the directory and the catalog; the requester's own words last and short.
        body: approvalBody(request),
        urgency: 'normal',
        route: { screen: 'approvals', requestId: request.id },
        actions: [
          { kind: 'approve', label: 'Approve', requestId: request.id, scopeHash: request.scopeHash },
          { kind: 'reject', label: 'Reject', requestId: request.id, scopeHash: request.scopeHash },
        ],
      }),
    approvalGone: (requestId) => port.withdraw(approvalTag(requestId)),
    requestGone: (requestId) => port.withdraw(requestTag(requestId)),
  };
}

function copyNotices({ show }: NoticePort): Pick<OutcomeNotices, 'beforeEnd' | 'wiped' | 'wipeFailed' | 'missing'> {
  return {
    beforeEnd: (copy, name, left, extendable) => {
      const grantId = copy.issued?.grantId;
      if (grantId === undefined) return;
      const extend = { kind: 'extend', label: 'Extend', grantId, attempt: `extend-${randomUUID()}` } as const;
      const done = { kind: 'done', label: 'Done', grantId } as const;
      show({
        tag: grantTag(copy),
        title: `Access ends ${left}`,
        body: cleanLine(name),
        urgency: 'normal',
        route: accessRoute(copy),
        actions: extendable ? [extend, done] : [done],
      });
    },
    wiped: (copy, name, reason, view) =>
      show({
        tag: grantTag(copy),
        title: wipedTitle(reason, view),
        body: `Its credential is deleted from this machine. ${cleanLine(name)}`,
        urgency: reason === 'revoked' || reason === 'clock_jump' ? 'normal' : 'low',
        route: accessRoute(null),
        actions: [],
      }),
    wipeFailed: (copy, name) =>
      show({
        tag: grantTag(copy),
        title: 'A credential could not be deleted from this machine',
        body: `It is tried again by itself. ${cleanLine(name)}`,
        urgency: 'critical',
        route: accessRoute(copy),
        actions: [],
      }),
    missing: (copy, name) =>
      show({
        tag: grantTag(copy),
        title: 'The keychain lost a credential',
        body: `Ask for access again. ${cleanLine(name)}`,
        urgency: 'normal',
        route: accessRoute(copy),
        actions: [],
      }),
  };
}

function nameOf(request: RequestView): string {
  return cleanLine(request.resource.name);
}

function approvalBody(request: RequestView): string {
  const who = `${cleanLine(request.requester.name, 80)} · ${nameOf(request)}`;
  const why = cleanLine(request.justification, 120);
  return why === '' ? who : `${who}\n${why}`;
}

function closedWords(request: RequestView): { readonly title: string; readonly body: string } | null {
  const name = nameOf(request);
  switch (request.state) {
    case 'rejected': {
      const no = request.answers.find(({ answer }) => answer === 'reject');
      const reason = cleanLine(no?.reason ?? '', 120);
      const who = no === undefined ? '' : ` by ${cleanLine(no.name, 80)}`;
      return { title: `Rejected${who}`, body: reason === '' ? name : `${name}\n${reason}` };
    }
    case 'denied':
      return { title: 'Policy refuses this', body: name };
    case 'lapsed':
      return { title: 'A request lapsed', body: name };
    case 'revoked':
      return { title: 'An approval was taken back', body: name };
    // The person's own doing, or no end at all.
    case 'withdrawn':
    case 'superseded':
    case 'fulfilled':
    case 'pending':
    case 'approved':
      return null;
    default:
      return assertNever(request.state);
  }
}

function wipedTitle(reason: WipeReason, view: GrantView | null): string {
  switch (reason) {
    case 'expired':
      return 'Access ended: its time is over';
    case 'revoked':
      return view?.endReason === 'subject_disabled' ? 'Access ended: your account was disabled' : 'Access was revoked';
    case 'ended_elsewhere':
      return view?.endReason === 'operation_done' ? 'Access ended with its task' : 'Access was ended elsewhere';
    case 'clock_jump':
      return 'Access ended: the clock of this machine jumped';
    case 'locked':
      return 'Access ended: the screen was locked';
    case 'interrupted':
      return 'Access ended: it could not be set up completely';
    case 'released':
    case 'replaced':
    case 'signed_out':
    case 'quit':
      return 'Access ended';
    default:
      return assertNever(reason);
  }
}
