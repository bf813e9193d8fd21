// Words of the form and of what policy says to it.
import type { Preview } from '#shared/contracts/desktop/commands.ts';
import { length, listAny } from '../format.ts';
import type { Tone } from '../parts/card.tsx';

export const formWords = {
  title: 'Check out access',
  extendTitle: 'Extend access',
  esc: 'Esc',
  search: 'What do you need?',
  searchHint: 'Name, or a word of its description',
  nothingFound: 'Nothing like this may be asked for. What you are not eligible for is not listed.',
  emptyCatalog: 'There is nothing that you may ask for yet. Your administrator decides what is in the catalog.',
  what: 'What',
  change: 'Change',
  changeName: (name: string): string => `Change ${name} for something else`,
  actions: 'To do what',
  purpose: 'Purpose',
  otherPurpose: 'Another purpose…',
  ownPurpose: 'Name of the purpose',
  ownPurposeHint: 'Letters, digits and dashes. It is kept in the log as it is: nothing personal.',
  why: 'Why',
  whyOptional: 'Why (optional where policy grants at once)',
  whyHint: 'Approvers read this first.',
  linkWords: 'These are the words of the link. Make them yours.',
  ticket: 'Ticket',
  ticketOptional: 'Ticket (optional)',
  howLong: 'For how long',
  extendBy: 'How much longer',
  otherLength: 'Other…',
  lengthValue: 'Length',
  lengthUnit: 'Unit',
  tooLong: (text: string): string => `At most ${text} for this.`,
  options: 'Start later, first use, ticket',
  startAt: 'Start at (empty for now)',
  startPast: 'This moment has passed: it would start now.',
  endsWithUse: 'End with the first use',
  endsWithUseHint: 'After one completed call, or when the program that got it ends.',
  fromLink: 'A link filled this in, with the words of whoever made it. Nothing has been sent. Read it before you ask.',
  ask: 'Ask for access',
  checkOutFor: (text: string): string => `Check out for ${text}`,
  extendFor: (text: string): string => `Extend by ${text}`,
  asking: 'Asking policy…',
  cannotPreview: 'Policy cannot be asked right now',
  takeOffer: (text: string): string => `Take ${text} instead`,
  selfAttested: 'You run policy and log on this machine: what it says is self-attested.',
  missing: (facts: string): string => `Nobody could prove: ${facts}.`,
  retryAt: (time: string): string => `You may ask for the same again from ${time}.`,
  denied: 'Policy refused it after all. Nothing was issued.',
} as const;

export type Unit = 'minutes' | 'hours' | 'days';
export const unitName: Readonly<Record<Unit, string>> = { minutes: 'minutes', hours: 'hours', days: 'days' };

const DENIALS: Readonly<Record<string, string>> = {
  not_eligible: 'Not for you',
  guardrail: 'Policy refuses this',
  fact_missing: 'Something could not be proven',
  evaluation_error: 'Policy could not be evaluated, so it refuses',
  no_eligible_approver: 'Nobody may approve this',
  over_max_duration: 'Too long',
  cooldown: 'Not again so soon',
};

export function verdictTitle(preview: Preview): string {
  switch (preview.outcome) {
    case 'approved':
      return 'Granted at once';
    case 'needs_confirmation':
      return 'You confirm it yourself';
    case 'needs_approval':
      return preview.neededApprovals === 1
        ? 'One approval needed'
        : `${preview.neededApprovals} approvals needed${preview.ownerNeeded ? ', one from the owners' : ''}`;
    case 'denied':
      return (preview.code === null ? undefined : DENIALS[preview.code]) ?? 'Policy refuses this';
  }
}

export const verdictTone: Readonly<Record<Preview['outcome'], Tone>> = {
  approved: 'ok',
  needs_approval: 'warn',
  needs_confirmation: 'warn',
  denied: 'bad',
};

/** Who can answer; names come last. */
export function approverLine(preview: Preview): string | null {
  if (preview.outcome === 'needs_confirmation') return 'You will type its name. It is recorded as your own word.';
  if (preview.outcome !== 'needs_approval' || preview.approvers.length === 0) return null;
  const names = preview.approvers.map((approver) => approver.name);
  const shown = names.length <= 4 ? names : [...names.slice(0, 3), `${names.length - 3} others`];
  return `Can answer: ${listAny(shown)}.`;
}

export function offerLine(offer: NonNullable<Preview['counterOffer']>): string {
  const tail = { approved: 'granted at once', needs_approval: 'with approval', needs_confirmation: 'you confirm it' };
  return `${length(offer.durationMs)} would do: ${tail[offer.outcome]}.`;
}
