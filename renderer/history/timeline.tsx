// Access over time, made for looking; the same as a list for who cannot look.
import type { CSSProperties, ReactNode } from 'react';
import type { History } from '#shared/contracts/desktop/history.ts';
import { nowMs } from '../clock.ts';
import { dayShort, hourOfDay, moment } from '../format.ts';
import { Name } from '../parts/said.tsx';
import { endWords, historyWords as words } from '../words/history.ts';
import { lanesOf, placeOf, stretchOf, type Bar, type Range, type Stretch } from './lanes.ts';

export function Timeline(props: { readonly range: Range; readonly spans: History['spans'] }): ReactNode {
  const now = nowMs();
  const stretch = stretchOf(props.range, props.spans, now);
  const lanes = lanesOf(props.spans, stretch);
  if (lanes.length === 0) return <p className="card quiet">{words.noSpans}</p>;
  return (
    <div className="card">
      <div className="timeline" aria-hidden="true">
        {lanes.map((lane) => (
          <div key={lane.resource.id} className="lane">
            <span className="lane-name">
              <Name>{lane.resource.name}</Name>
            </span>
            <span className="lane-bars">
              <Marks stretch={stretch} />
              {lane.bars.map((bar) => (
                <BarShape key={bar.span.grantId} bar={bar} />
              ))}
              <span className="now-line" style={left(placeOf(now, stretch))} />
            </span>
          </div>
        ))}
        <div className="lane scale">
          <span />
          <span className="lane-bars">
            {stretch.marksMs.map((atMs) => (
              <span key={atMs} className="mark-text" style={left(placeOf(atMs, stretch))}>
                {props.range === 'day' ? hourOfDay(atMs) : dayShort(atMs)}
              </span>
            ))}
          </span>
        </div>
      </div>
      <ul className="for-readers" aria-label={words.timelineName}>
        {lanes.flatMap((lane) =>
          lane.bars.map(({ span }) => (
            <li key={span.grantId}>
              {span.resource.name}: {moment(span.startsAtMs)} – {moment(span.endsAtMs)}, {endWords(span.endReason)}
            </li>
          )),
        )}
      </ul>
    </div>
  );
}

function BarShape(props: { readonly bar: Bar }): ReactNode {
  const { span, from, to } = props.bar;
  const style = { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
  return (
    <span
      className={`bar ${toneOf(span)}`}
      style={style}
      title={`${moment(span.startsAtMs)} – ${moment(span.endsAtMs)}`}
    />
  );
}

function Marks(props: { readonly stretch: Stretch }): ReactNode {
  return props.stretch.marksMs.map((atMs) => (
    <span key={atMs} className="mark" style={left(placeOf(atMs, props.stretch))} />
  ));
}

const left = (place: number): CSSProperties => ({ left: `${place * 100}%` });

function toneOf(span: History['spans'][number]): string {
  if (span.live) return 'tone-ok live';
  if (span.endReason === 'revoked' || span.endReason === 'subject_disabled') return 'tone-bad';
  if (span.endReason === 'activation_failed' || span.endReason === 'subject_unproven') return 'tone-warn';
  return 'tone-ok past';
}
