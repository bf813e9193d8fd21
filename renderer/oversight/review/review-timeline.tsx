// Who had what and when, made for looking: a press on a bar shows it in detail. The list below it says the same to
// who cannot look, so all of this is hidden from readers.
import type { CSSProperties, MouseEvent, ReactNode } from 'react';
import { useMemo, useState } from 'react';
import type { Review, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../../clock.ts';
import { dayShort, moment } from '../../format.ts';
import { placeOf, type Stretch } from '../../history/lanes.ts';
import { Button } from '../../parts/button.tsx';
import { Name } from '../../parts/said.tsx';
import { reviewWords as words, usesWords } from '../../words/review.ts';
import { reviewLanes, reviewStretch, type LanesBy, type ReviewBar, type ReviewLane } from './review-lanes.ts';

/** More lanes than this come when they are asked for. */
const LANES_AT_FIRST = 12;
const ROW_REM = 1.15;
const EDGE_REM = 0.15;

export function ReviewTimeline(props: {
  readonly review: Review;
  readonly by: LanesBy;
  readonly onOpen: (access: ReviewedAccess) => void;
}): ReactNode {
  const { review, by, onOpen } = props;
  const [isAll, setIsAll] = useState(false);
  const { stretch, lanes } = useMemo(() => {
    const now = nowMs();
    const all = reviewStretch(review.fromMs, review.toMs, review.accesses);
    return { stretch: all, lanes: reviewLanes(review.accesses, by, all, now) };
  }, [review, by]);
  const shown = isAll ? lanes : lanes.slice(0, LANES_AT_FIRST);
  const press = (event: MouseEvent): void => {
    const grantId =
      event.target instanceof Element ? event.target.closest('[data-grant]')?.getAttribute('data-grant') : null;
    const access = review.accesses.find((each) => each.grantId === grantId);
    if (access !== undefined) onOpen(access);
  };
  return (
    <div className="card review-card">
      <div className="timeline review-timeline" aria-hidden="true" onClick={press}>
        {shown.map((lane) => (
          <Lane key={lane.key} lane={lane} stretch={stretch} />
        ))}
        <Scale stretch={stretch} />
      </div>
      {shown.length < lanes.length && (
        <Button look="link" onPress={() => setIsAll(true)}>
          {words.moreLanes(lanes.length - shown.length)}
        </Button>
      )}
      <Legend />
    </div>
  );
}

function Lane(props: { readonly lane: ReviewLane; readonly stretch: Stretch }): ReactNode {
  const { lane, stretch } = props;
  return (
    <div className="lane review-lane">
      <span className={lane.open > 0 ? 'lane-name has-open' : 'lane-name'}>
        <Name>{lane.name}</Name>
      </span>
      <span className="lane-bars" style={{ height: `${lane.rows * ROW_REM + 2 * EDGE_REM}rem` }}>
        {stretch.marksMs.map((atMs) => (
          <span key={atMs} className="mark" style={left(placeOf(atMs, stretch))} />
        ))}
        {lane.bars.map((bar) => (
          <Bar key={bar.access.grantId} bar={bar} />
        ))}
        <span className="now-line" style={left(placeOf(nowMs(), stretch))} />
      </span>
    </div>
  );
}

function Bar({ bar }: { readonly bar: ReviewBar }): ReactNode {
  const { access } = bar;
  const widest = Math.max(bar.plannedTo, bar.to) - bar.from;
  const within = (place: number): string => `${((place - bar.from) / widest) * 100}%`;
  return (
    <span
      className={`review-bar ${toneOf(access)}`}
      data-grant={access.grantId}
      title={`${access.holder} → ${access.resource.name}\n${moment(access.startsAtMs)} – ${moment(access.plannedEndMs)}\n${usesWords(access)}`}
      style={{ left: `${bar.from * 100}%`, width: `${widest * 100}%`, top: `${bar.row * ROW_REM + EDGE_REM}rem` }}
    >
      <span className="plan" style={{ width: within(bar.plannedTo) }} />
      <span
        className={`taken ${access.uses === 0 ? 'unused' : ''} ${access.endedAtMs === null ? 'live' : ''}`}
        style={{ width: within(bar.to) }}
      />
      {bar.usedAt !== null && <span className="use" style={{ left: `min(${within(bar.usedAt)}, 100% - 2px)` }} />}
      {bar.mark !== null && <span className={`dev ${bar.mark}`} />}
    </span>
  );
}

function Scale({ stretch }: { readonly stretch: Stretch }): ReactNode {
  return (
    <div className="lane scale">
      <span />
      <span className="lane-bars">
        {stretch.marksMs.map((atMs) => (
          <span key={atMs} className="mark-text" style={left(placeOf(atMs, stretch))}>
            {dayShort(atMs)}
          </span>
        ))}
      </span>
    </div>
  );
}

function Legend(): ReactNode {
  const entry = (shape: ReactNode, text: string): ReactNode => (
    <span key={text}>
      <i className="legend-shape tone-ok">{shape}</i>
      {text}
    </span>
  );
  return (
    <p className="legend quiet" aria-hidden="true">
      {entry(
        <>
          <span className="taken" />
          <span className="use" />
        </>,
        `${words.used}, ${words.lastUse}`,
      )}
      {entry(<span className="taken unused" />, words.unused)}
      {entry(<span className="plan" />, words.allowed)}
      <span>
        <i className="legend-shape tone-bad">
          <span className="taken" />
        </i>
        {words.cut}
      </span>
      {entry(<span className="dev open" />, words.unusual)}
      {entry(<span className="dev cleared" />, words.answered)}
    </p>
  );
}

const left = (place: number): CSSProperties => ({ left: `${place * 100}%` });

function toneOf(access: ReviewedAccess): string {
  const isCut = ['revoked', 'subject_disabled', 'subject_unproven'].includes(access.endReason ?? '');
  return isCut || access.breakGlass ? 'tone-bad' : 'tone-ok';
}
