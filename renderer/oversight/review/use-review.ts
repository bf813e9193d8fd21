// The review of a stretch of time: read page by page, so that the first accesses are there before the last.
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { Finding, Review, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { nowMs } from '../../clock.ts';
import { useDesktopState, useSend, type Send } from '../../desktop.tsx';

export type ReviewRange = 'week' | 'month' | 'quarter';
const DAYS: Readonly<Record<ReviewRange, number>> = { week: 7, month: 30, quarter: 90 };

export type ReviewFilter = {
  readonly range: ReviewRange;
  readonly resource: string | null;
  readonly onlyOpen: boolean;
};

export type ReviewState = {
  readonly review: Review | null;
  readonly problem: CommandProblem | null;
  readonly reading: boolean;
  readonly readMore: () => void;
  readonly again: () => void;
  /** What this person just answered, shown without reading everything anew. */
  readonly answered: (finding: Finding) => void;
};

/** Read without being asked: more only when the person wants it. */
const AT_ONCE = 1000;

type Told = Pick<ReviewState, 'review' | 'problem' | 'reading'>;
type Question = ReviewFilter & { readonly fromMs: number; readonly toMs: number };

export function useReview(filter: ReviewFilter): ReviewState {
  const send = useSend();
  const { broker } = useDesktopState();
  const [told, setTold] = useState<Told>({ review: null, problem: null, reading: true });
  const [attempt, setAttempt] = useState(0);
  const { range, resource, onlyOpen } = filter;
  const question = useMemo<Question>(() => {
    const toMs = Math.ceil(nowMs());
    return { range, resource, onlyOpen, fromMs: toMs - DAYS[range] * DAY_MS, toMs };
    // oxlint-disable-next-line react/exhaustive-deps -- because another attempt, or the broker's return, asks as of then
  }, [range, resource, onlyOpen, attempt, broker.kind]);
  useEffect(() => {
    let current = true;
    setTold((before) => ({ ...before, problem: null, reading: true }));
    void readAll(send, question, null, AT_ONCE, (next) => {
      if (current) setTold((before) => ({ ...next, review: next.review ?? before.review }));
      return current;
    });
    return () => {
      current = false;
    };
  }, [send, question]);
  const readMore = (): void => {
    setTold((before) => ({ ...before, reading: true }));
    const most = (told.review?.accesses.length ?? 0) + AT_ONCE;
    // Another question meanwhile has another first page: what comes late for this one is dropped.
    void readAll(send, question, told.review, most, (next) => {
      setTold((before) => (before.review?.fromMs === next.review?.fromMs ? next : before));
      return true;
    });
  };
  const answered = useCallback((finding: Finding) => {
    setTold((before) => (before.review === null ? before : { ...before, review: withAnswer(before.review, finding) }));
  }, []);
  return { ...told, readMore, again: () => setAttempt((before) => before + 1), answered };
}

/** Reads pages after `so far` and tells of each; stops when told to, at the end, or at the most. */
async function readAll(
  send: Send,
  { fromMs, toMs, resource, onlyOpen }: Question,
  soFar: Review | null,
  most: number,
  tell: (told: Told) => boolean,
): Promise<void> {
  let review = soFar;
  for (;;) {
    const after = review?.next ?? null;
    const answer = await send('review', { fromMs, toMs, resource, onlyOpen, after });
    if (!answer.ok) {
      tell({ review, problem: answer.error, reading: false });
      return;
    }
    const page = answer.value;
    review = { ...page, fromMs, toMs, accesses: joined(review?.accesses ?? [], page.accesses) };
    const isEnough = review.next === null || review.next === after || review.accesses.length >= most;
    if (!tell({ review, problem: null, reading: !isEnough }) || isEnough) return;
  }
}

/** What began while pages were read may move others to a page that was read already. */
function joined(before: readonly ReviewedAccess[], page: readonly ReviewedAccess[]): ReviewedAccess[] {
  const known = new Set(before.map(({ grantId }) => grantId));
  return [...before, ...page.filter(({ grantId }) => !known.has(grantId))];
}

function withAnswer(review: Review, answered: Finding): Review {
  let wasOpen = 0;
  const accesses = review.accesses.map((access) =>
    access.findings.some(({ findingId }) => findingId === answered.findingId)
      ? {
          ...access,
          findings: access.findings.map((finding) => {
            if (finding.findingId !== answered.findingId) return finding;
            if (finding.answer === 'open') wasOpen += 1;
            return answered;
          }),
        }
      : access,
  );
  return { ...review, accesses, openFindings: Math.max(0, review.openFindings - wasOpen) };
}
