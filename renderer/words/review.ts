// Words of the post-access review.
import type { Deviation, Finding, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { byteCount, count, length, listAll, moment, weekTime } from '../format.ts';
import { endWords } from './history.ts';

export const reviewWords = {
  range: 'Time',
  ranges: { week: '7 days', month: '30 days', quarter: '90 days' },
  resource: 'Which resource',
  allResources: 'All resources',
  lanes: 'Lanes by',
  by: { person: 'By person', resource: 'By resource' },
  onlyOpen: 'Only open',
  timeline: 'Who had what, when',
  legend: 'What the bars mean',
  used: 'used',
  unused: 'never used',
  allowed: 'allowed, not taken',
  cut: 'revoked, or an emergency',
  unusual: 'unusual, to answer',
  answered: 'answered',
  lastUse: 'last use',
  moreLanes: (n: number): string => `Show ${count(n)} more`,
  findings: 'To answer',
  noFindingsTitle: 'Nothing to answer',
  noFindings: 'What was unusual in this time has been answered, or nothing was.',
  every: 'Every access',
  everyHint: 'The same as the timeline, to read.',
  none: 'Nobody had access to this in this time.',
  noneOpen: 'Nothing with an open finding in this time.',
  show: (n: number): string => `Show ${count(n)} more`,
  readMore: 'Read older ones',
  readingMore: 'Reading more…',
  asserted:
    'This broker runs on one machine and attests itself: this review is only as true as the person who holds it.',
  clear: 'Clear',
  followUp: 'Follow up',
  clearNote: 'Why it is fine (on record)',
  followNote: 'What is to be done (on record)',
  notMine: 'Another owner answers this: nobody answers for access of their own, or that they approved.',
  details: 'Access in detail',
  person: 'Who',
  what: 'What',
  toDo: 'To do what',
  purpose: 'Purpose',
  approved: 'Approved by',
  byPolicy: 'policy alone',
  start: 'Start',
  planned: 'Planned end',
  end: 'Real end',
  running: 'still running',
  usage: 'Use',
  emergency: 'emergency',
  why: 'Why, in their words',
} as const;

export const deviationName: Readonly<Record<Deviation, string>> = {
  unusual_hours: 'unusual hours',
  first_time: 'first time',
  repeated_extension: 'extended again and again',
  denied_before: 'refused before',
  unusual_volume: 'unusual volume',
  never_used: 'never used',
  break_glass: 'emergency',
};

/** Larger figures are nonsense, and no formatter takes all of them. */
const MOST = 1e15;
const minutesMs = (minutes: number): number => Math.min(minutes, 1e8) * MINUTE_MS;

/** One sentence on what was seen. Numbers come from the broker; where one is missing, the sentence does without. */
export function findingSentence({ deviation, facts }: Finding): string {
  const figure = (name: string): number | null => {
    const value = Object.hasOwn(facts, name) ? facts[name] : undefined;
    return typeof value === 'number' && value >= 0 && value <= MOST ? value : null;
  };
  const text = (name: string): string | null => {
    const value = Object.hasOwn(facts, name) ? facts[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : null;
  };
  switch (deviation) {
    case 'unusual_hours':
      return hoursSentence(text('time'), figure('weekday'), text('zone'), text('compared_with') === 'own_hours');
    case 'first_time':
      return figure('earlier_access') === 0
        ? 'Their first access to anything here.'
        : 'They had never had access to this before.';
    case 'repeated_extension':
      return extensionSentence(figure('extensions'), figure('total_minutes'));
    case 'denied_before':
      return refusedSentence(figure('refusals'), figure('days_before'));
    case 'unusual_volume':
      return volumeSentence(figure('bytes'), figure('usual_bytes'), text('compared_with') === 'own_history');
    case 'never_used': {
      const minutes = figure('held_minutes');
      return minutes === null ? 'Taken, and never used.' : `Held for ${length(minutesMs(minutes))}, and never used.`;
    }
    case 'break_glass':
      return 'Taken in an emergency, without anybody’s approval.';
  }
}

function hoursSentence(time: string | null, weekday: number | null, zone: string | null, own: boolean): string {
  const outside = own ? 'outside of the hours that are usual for them' : 'outside of working hours';
  const at = time === null ? null : weekTime(weekday, time);
  if (at === null) return `Used ${outside}.`;
  return `Used ${at}${zone === null ? '' : ` (${zone})`}, ${outside}.`;
}

function extensionSentence(times: number | null, minutes: number | null): string {
  const all = minutes === null ? '' : `, to ${length(minutesMs(minutes))} in all`;
  return times === null ? `Extended again and again${all}.` : `Extended ${count(times)} times in a row${all}.`;
}

function refusedSentence(times: number | null, days: number | null): string {
  const last =
    days === null ? '' : days === 0 ? ', on the same day' : `, last ${length(minutesMs(days * 24 * 60))} before`;
  return times === null || times === 1
    ? `They were refused this before${last}.`
    : `They were refused this ${count(times)} times before${last}.`;
}

function volumeSentence(bytes: number | null, usual: number | null, own: boolean): string {
  if (bytes === null) return 'Much more was read than usual.';
  if (usual === null) return `${byteCount(bytes)} read, much more than usual.`;
  return `${byteCount(bytes)} read, where ${byteCount(usual)} is usual ${own ? 'for them' : 'for anybody'}.`;
}

/** What was answered, by whom. Names come last, with the note after them. */
export function answeredLine(finding: Finding): string {
  const by = finding.answeredBy === null ? '' : ` by ${finding.answeredBy}`;
  return finding.answer === 'cleared' ? `Cleared${by}` : `To be followed up, said${by === '' ? '' : by}`;
}

export function usesWords({ uses, bytesOut }: Pick<ReviewedAccess, 'uses' | 'bytesOut'>): string {
  if (uses === 0) return reviewWords.unused;
  const times = uses === 1 ? 'used once' : `used ${count(uses)} times`;
  return bytesOut > 0 ? `${times}, ${byteCount(bytesOut)} read` : times;
}

export function endLine({ endedAtMs, endReason }: ReviewedAccess): string {
  return endedAtMs === null ? reviewWords.running : `${moment(endedAtMs)}, ${endedHow(endReason)}`;
}

/** How somebody else's access ended. */
export function endedHow(reason: string | null): string {
  return reason === 'released' ? 'they said Done' : endWords(reason);
}

export function reviewSummary(accesses: number, open: number, more: boolean): string {
  const had = accesses === 1 ? '1 access' : `${count(accesses)}${more ? '+' : ''} accesses`;
  return open === 0 ? had : `${had}, ${count(open)} to answer`;
}

export function approvedWords(names: readonly string[]): string {
  return names.length === 0 ? reviewWords.byPolicy : listAll(names);
}
