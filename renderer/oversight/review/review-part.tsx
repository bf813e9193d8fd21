// The post-access review: a timeline to look at, what was unusual to answer, and every access in words.
import { CircleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Review } from '#shared/contracts/desktop/oversight.ts';
import { Button } from '../../parts/button.tsx';
import { Notice, Section } from '../../parts/card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { ProblemLine } from '../../parts/problem-line.tsx';
import { oversightWords } from '../../words/oversight.ts';
import { reviewSummary, reviewWords as words } from '../../words/review.ts';
import { AccessSheet } from './access-sheet.tsx';
import { EveryAccess } from './every-access.tsx';
import { Findings } from './findings.tsx';
import { ReviewFilterRow } from './review-filter.tsx';
import type { LanesBy } from './review-lanes.ts';
import { ReviewTimeline } from './review-timeline.tsx';
import { useReview, type ReviewFilter, type ReviewState } from './use-review.ts';

export function ReviewPart(): ReactNode {
  const [filter, setFilter] = useState<ReviewFilter>({ range: 'month', resource: null, onlyOpen: false });
  const [by, setBy] = useState<LanesBy>('person');
  const state = useReview(filter);
  const { review, problem } = state;
  return (
    <div className="stack review">
      <ReviewFilterRow
        filter={filter}
        by={by}
        review={review}
        onFilter={(change) => setFilter((before) => ({ ...before, ...change }))}
        onBy={setBy}
      />
      {problem !== null && (
        <div className="read-problem">
          <ProblemLine problem={problem} />
          <Button onPress={state.again}>{oversightWords.again}</Button>
        </div>
      )}
      {review === null ? (
        problem === null && <Loading />
      ) : (
        <div className={state.reading ? 'review-body reading' : 'review-body'} aria-busy={state.reading}>
          <Body review={review} by={by} state={state} onlyOpen={filter.onlyOpen} />
        </div>
      )}
    </div>
  );
}

function Body(props: {
  readonly review: Review;
  readonly by: LanesBy;
  readonly state: ReviewState;
  readonly onlyOpen: boolean;
}): ReactNode {
  const { review, by, state } = props;
  const [opened, setOpened] = useState<string | null>(null);
  const open = (access: { readonly grantId: string }): void => setOpened(access.grantId);
  if (review.accesses.length === 0)
    return <p className="card quiet none">{props.onlyOpen ? words.noneOpen : words.none}</p>;
  return (
    <>
      <Section
        id="review"
        title={words.timeline}
        aside={
          <span className="quiet">
            {reviewSummary(review.accesses.length, review.openFindings, review.next !== null)}
          </span>
        }
      >
        <ReviewTimeline review={review} by={by} onOpen={open} />
      </Section>
      <Findings accesses={review.accesses} onOpen={open} onAnswered={state.answered} />
      <EveryAccess accesses={review.accesses} onOpen={open} more={<More review={review} state={state} />} />
      {review.facts === 'asserted' && <Notice tone="plain" icon={CircleAlert} title={words.asserted} />}
      <AccessSheet
        access={review.accesses.find(({ grantId }) => grantId === opened) ?? null}
        onClose={() => setOpened(null)}
        onAnswered={state.answered}
      />
    </>
  );
}

function More(props: { readonly review: Review; readonly state: ReviewState }): ReactNode {
  const { review, state } = props;
  if (state.reading) return <p className="quiet">{words.readingMore}</p>;
  return review.next !== null && <Button onPress={state.readMore}>{words.readMore}</Button>;
}
