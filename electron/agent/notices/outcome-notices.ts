// What the person is told outside the window, one function an occasion. Words of others are cleaned and come last.
import { randomUUID } from 'node:crypto';
import type { BrokerEvent, GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import { assertNever } from '#shared/domain/result.ts';
import { cleanLine } from '../clean-text.ts';
import type { NoticePort } from '../ports.ts';
import { approvalNotices, type ApprovalNotices } from './approval-notices.ts';
import { changeNotices, type ChangeNotices } from './change-notices.ts';
import { desktopAlarmTitle } from '../oversight/desktop-news.ts';
import { lengthWords } from './length-words.ts';
import { lengthOf } from '../grants/warning-points.ts';
import type { LocalCopy, WipeReason } from '../vault/vault.ts';

export type OutcomeNotices = ApprovalNotices &
  ChangeNotices & {
    readonly ready: (request: RequestView) => void;
    readonly stored: (request: RequestView) => void;
    readonly closed: (request: RequestView) => void;
    readonly collectFailed: (request: RequestView, why: string) => void;
    readonly beforeEnd: (copy: LocalCopy, name: string, left: string, extendable: boolean) => void;
    readonly wiped: (copy: LocalCopy, name: string, reason: WipeReason, view: GrantView | null) => void;
    readonly wipeFailed: (copy: LocalCopy, name: string) => void;
    readonly missing: (copy: LocalCopy, name: string) => void;
    /** Nobody answered, so more people were asked. */
    readonly escalated: (request: RequestView) => void;
    readonly lapsesSoon: (request: RequestView) => void;
    readonly requestGone: (requestId: string) => void;
    /** To an administrator; `event` is one of a desktop's log. */
    readonly desktopAlarm: (event: BrokerEvent) => void;
  };

const requestTag = (id: string): string => `request:${id}`;
const grantTag = (copy: LocalCopy): string => `grant:${copy.issued?.grantId ?? copy.collectId}`;
const accessRoute = (copy: LocalCopy | null) => ({ screen: 'access', grantId: copy?.issued?.grantId ?? null }) as const;

export function createOutcomeNotices(port: NoticePort): OutcomeNotices {
  const show = port.show;
  return {
    ready: (request) =>
      show({
        tag: requestTag(request.id),
        title: 'Approved: start when you are ready',
        body: `The clock starts when you do. ${nameOf(request)}${narrowedLine(request)}`,
        urgency: 'normal',
        route: accessRoute(null),
        actions: [{ kind: 'start', label: 'Start now', requestId: request.id }],
      }),
    stored: (request) =>
      show({
        tag: requestTag(request.id),
        title: request.breakGlass ? 'You have emergency access: its owners are told' : 'You have access',
        body: `${nameOf(request)}${narrowedLine(request)}`,
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
    ...waitingNotices(port),
    ...approvalNotices(port),
    ...changeNotices(port),
    requestGone: (requestId) => port.withdraw(requestTag(requestId)),
    desktopAlarm: (event) =>
      show({
        tag: `desktop:${event.id}`,
        title: desktopAlarmTitle(event),
        body: 'Oversight shows which one, what it means and what to do.',
        urgency: 'critical',
        route: { screen: 'oversight', part: 'desktops' },
        actions: [],
      }),
  };
}

function waitingNotices({ show }: NoticePort): Pick<OutcomeNotices, 'escalated' | 'lapsesSoon'> {
  return {
    escalated: (request) =>
      show({
        tag: requestTag(request.id),
        title: 'Nobody answered yet: more people were asked',
        body: nameOf(request),
        urgency: 'low',
        route: accessRoute(null),
        actions: [],
      }),
    lapsesSoon: (request) =>
      show({
        tag: requestTag(request.id),
        title:
          request.state === 'approved'
            ? 'Approved access lapses soon unless you start it'
            : 'A request lapses soon: nobody settled it',
        body: nameOf(request),
        urgency: 'normal',
        route: accessRoute(null),
        actions: request.state === 'approved' ? [{ kind: 'start', label: 'Start now', requestId: request.id }] : [],
      }),
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
        body: `Its credential is deleted from this machine. ${cleanLine(name)}${endWords(view)}`,
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

/** What is left of what was asked, and by whom; empty when it is all there. */
function narrowedLine({ asked, scope, answers }: RequestView): string {
  const less = lengthOf(scope.duration) < lengthOf(asked.duration) || scope.actions.length < asked.actions.length;
  if (!less) return '';
  const by = answers.filter(({ narrowedTo }) => narrowedTo !== null).map(({ name }) => cleanLine(name, 80));
  const what = `${scope.actions.map((action) => cleanLine(action)).join(', ')} for ${lengthWords(lengthOf(scope.duration))}`;
  return `\nNarrowed to ${what}${by.length === 0 ? '' : ` by ${by.join(', ')}`}`;
}

/** What whoever revoked it wrote, on a line of its own. */
function endWords(view: GrantView | null): string {
  const words = cleanLine(view?.endWords ?? '', 120);
  return words === '' ? '' : `\n${words}`;
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
      return {
        title: request.closeCode === 'nobody_answered' ? 'A request lapsed: nobody settled it' : 'A request lapsed',
        body: name,
      };
    case 'revoked':
      return { title: 'An approval was taken back', body: `${name}${closeWords(request)}` };
    case 'withdrawn':
      // Else it was the person's own doing.
      return request.closeCode === 'person_ended'
        ? { title: 'A request was ended by somebody else', body: `${name}${closeWords(request)}` }
        : null;
    // Nothing that anybody has to be told of.
    case 'superseded':
    case 'fulfilled':
    case 'pending':
    case 'approved':
      return null;
    default:
      return assertNever(request.state);
  }
}

function closeWords({ closeReason }: RequestView): string {
  const words = cleanLine(closeReason ?? '', 120);
  return words === '' ? '' : `\n${words}`;
}

function revokedTitle(view: GrantView | null): string {
  if (view?.endReason === 'subject_disabled') return 'Access ended: your account was disabled';
  if (view?.endReason === 'subject_unproven') return 'Access ended: the broker did not hear from your sign-in in time';
  return 'Access was revoked';
}

function wipedTitle(reason: WipeReason, view: GrantView | null): string {
  switch (reason) {
    case 'expired':
      return 'Access ended: its time is over';
    case 'revoked':
      return revokedTitle(view);
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
