// Words of the Access screen.
import type { GrantCard, Preset, RequestCard, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { count, length } from '../format.ts';
import { actionList, fixWords } from './common.ts';
import { codeWords } from './problems.ts';

export const accessWords = {
  active: 'Active',
  waiting: 'Waiting',
  again: 'Check out again',
  checkOut: 'Check out access…',
  endEverything: 'End everything now',
  endTitle: 'End everything now?',
  endBody: (n: number): string =>
    `${n === 1 ? 'Your grant ends' : `Your ${n} grants end`} at once: tokens are wiped from this machine and refused everywhere.`,
  ended: (ended: number, failed: number): string =>
    failed === 0
      ? `Ended: ${ended}. Nothing is left.`
      : `Ended: ${ended}. Not yet: ${failed}; it is tried again until it is done.`,
  copyToken: 'Copy token',
  copyPassword: 'Copy password',
  copyAs: 'Copy as…',
  extend: 'Extend',
  done: 'Done',
  doneName: (name: string): string => `Done with ${name}: end it now`,
  actionsOf: (name: string): string => `Actions for ${name}`,
  until: (time: string): string => `until ${time}`,
  endsSoon: 'ends soon',
  extendBy: (text: string): string => `extend ${text}`,
  extendOther: 'Other length, or say why…',
  extendNote: (time: string): string => `Copies that you pasted still end at ${time}.`,
  extensionWaiting: 'extension waits for approval',
  extensionCollecting: 'extending…',
  onClipboard: 'Token on the clipboard, cleared in',
  passwordOnClipboard: 'Password on the clipboard, cleared in',
  copyAsNote: 'None of these holds the token: each reads it when it runs.',
  copied: 'Copied.',
  endsWithUse: 'ends with first use',
  memoryOnly: 'in memory only',
  ending: 'Ending…',
  startNow: 'Start now',
  withdraw: 'Withdraw',
  withdrawName: (name: string): string => `Withdraw the request for ${name}`,
  dismiss: 'Dismiss',
  remind: 'Remind them',
  reminded: 'They were reminded.',
  remindAgain: (time: string): string => `You can remind them at ${time}.`,
  answerers: 'Who can answer',
  hasApproved: 'approved',
  hasNot: 'has not answered',
  owner: 'owner',
  moreAnswerers: (n: number): string => `${n} more`,
  escalated: 'More people were asked, since nobody answered in time.',
  askAgain: 'Ask again',
  confirm: 'Confirm',
  typeToConfirm: (id: string): string => `Type ${id} to confirm that you mean it`,
  favourite: (name: string): string => `Keep ${name} at the top`,
  emptyTitle: 'Nothing checked out',
  emptyBody:
    'Ask for a dataset or a model, for as long as you need it. What policy allows starts at once; the rest goes to the people who may approve it.',
  unfold: (name: string): string => `More about ${name}`,
} as const;

export const snippetName: Readonly<Record<SnippetKind, string>> = {
  curl: 'curl command',
  python: 'Python',
  bash: 'Shell variables',
  openai: 'OpenAI client settings',
  node: 'Node.js',
  url: 'Address only',
  psql: 'psql command',
  sqlalchemy: 'SQLAlchemy',
  dsn: 'Connection string, without the password',
};

/** What a grant that is not simply active is doing, or null. */
export function grantTrouble(grant: GrantCard): { readonly text: string; readonly bad: boolean } | null {
  switch (grant.phase) {
    case 'storing':
      return { text: 'Putting the token into your keychain…', bad: false };
    case 'wiping':
      return { text: 'Wiping it from this machine…', bad: false };
    case 'wipe_failed':
      return {
        text: `Could not be wiped from this machine. It is refused at the gateway, and the wipe is tried again until it is done.${because(grant)}`,
        bad: true,
      };
    case 'missing':
      return {
        text: 'Your keychain no longer has this token. Somebody deleted it there, or the keychain was reset.',
        bad: true,
      };
    case 'active':
    case 'ending':
      return grant.problem === null ? null : { text: codeWords(grant.problem), bad: true };
  }
}

function because(grant: GrantCard): string {
  return grant.problem === null ? '' : ` (${grant.problem.replaceAll('_', ' ')})`;
}

/** One line on where a waiting request stands. Who can answer is listed below it. */
export function waitingLine(request: RequestCard): string {
  const approved = request.answers.filter((answer) => answer.answer === 'approve').length;
  return `${count(approved)} of ${count(request.neededApprovals)} approvals`;
}

/** What approvers left of it, and who did. Names come last. */
export function narrowedWords(request: RequestCard): readonly string[] {
  const by = request.answers.flatMap(({ name, narrowedTo }) => (narrowedTo === null ? [] : [{ name, narrowedTo }]));
  if (by.length === 0) return [narrowedLine(request.askedDurationMs, request.durationMs)];
  return by.map(({ name, narrowedTo }) => {
    const isShorter = narrowedTo.durationMs < request.askedDurationMs;
    const fewer = narrowedTo.actions.length === 0 ? null : `only ${actionList(narrowedTo.actions)}`;
    const left = isShorter
      ? `shortened from ${length(request.askedDurationMs)} to ${length(narrowedTo.durationMs)}`
      : fewer;
    return `${left ?? 'narrowed'} by ${name}`;
  });
}

/** Why a closed request is closed. */
export function closedLine(request: RequestCard): string {
  switch (request.phase) {
    case 'rejected': {
      const no = request.answers.find((answer) => answer.answer === 'reject');
      return no === undefined ? 'Rejected.' : `Rejected by ${no.name}.`;
    }
    case 'denied':
      return request.problem === null ? 'Refused by policy.' : codeWords(request.problem);
    case 'lapsed':
      return 'Nobody answered in time, or it was not started in time.';
    case 'revoked':
      return 'The approval was revoked before it started.';
    case 'withdrawn':
      return request.closeCode === 'person_ended' ? 'An owner or administrator ended it.' : 'You withdrew it.';
    case 'interrupted':
      return request.problem === null ? 'The check-out was interrupted. Nothing was lost.' : codeWords(request.problem);
    case 'waiting':
    case 'confirm':
    case 'scheduled':
    case 'ready':
    case 'collecting':
      return '';
  }
}

/** Words of the person who rejected, if they gave any. */
export function rejection(request: RequestCard): string | null {
  return request.answers.find((answer) => answer.answer === 'reject')?.reason ?? null;
}

/** Why a request is where it is. What would lift a reason is said only where nobody is asked to lift it. */
export function reasonLines({ phase, reasons }: Pick<RequestCard, 'phase' | 'reasons'>): readonly string[] {
  return reasons.map(({ title, fix }) => {
    const lift = phase === 'denied' ? fixWords(fix) : null;
    return lift === null ? title : `${title}. ${lift}`;
  });
}

/** What one click will lead to. */
export function presetLine(preset: Preset): string {
  switch (preset.outcome) {
    case 'approved':
      return 'granted at once';
    case 'needs_approval':
      return preset.neededApprovals === 1 ? 'needs 1 approval' : `needs ${preset.neededApprovals} approvals`;
    case 'needs_confirmation':
      return 'you confirm it yourself';
    case 'denied':
      return 'refused as it stands';
    case null:
      return '';
  }
}

export function presetButton(preset: Preset): string {
  return preset.outcome === 'approved' ? 'Check out' : preset.outcome === 'denied' ? 'Change…' : 'Ask…';
}

const narrowedLine = (asked: number, now: number): string => `shortened from ${length(asked)} to ${length(now)}`;
