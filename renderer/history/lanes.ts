// Puts spans of access on lanes, one for each resource, within a stretch of time. Pure.
import type { History } from '#shared/contracts/desktop/history.ts';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';
import { startOfDay } from '../format.ts';

export type Range = 'day' | 'week' | 'month';
type Span = History['spans'][number];

export type Bar = {
  readonly span: Span;
  /** Parts of the stretch, 0 to 1. */
  readonly from: number;
  readonly to: number;
};
export type Lane = { readonly resource: Span['resource']; readonly bars: readonly Bar[] };
export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly marksMs: readonly number[] };

const MOST_MARKS = 5;
/** A bar is never thinner than this, or nobody could see it. */
const THINNEST = 0.012;

/** Since when the facts are asked for. */
export function rangeStart(range: Range, nowMs: number): number {
  const today = startOfDay(nowMs);
  return range === 'day' ? today : startOfDay(today - (range === 'week' ? 6 : 29) * DAY_MS + HOUR_MS);
}

/** The stretch to draw: all of the range in days; of today only the hours in which something is. */
export function stretchOf(range: Range, all: readonly Span[], nowMs: number): Stretch {
  const start = rangeStart(range, nowMs);
  const spans = all.filter((span) => span.endsAtMs >= start);
  const last = Math.max(nowMs, ...spans.map((span) => span.endsAtMs));
  if (range !== 'day') {
    const toMs = Math.min(last, nowMs + DAY_MS) + (last - start) * 0.02;
    return { fromMs: start, toMs, marksMs: marksOf(start, toMs, DAY_MS) };
  }
  const first = Math.max(start, Math.min(nowMs - 2 * HOUR_MS, ...spans.map((span) => span.startsAtMs)));
  const fromMs = Math.floor(first / HOUR_MS) * HOUR_MS;
  const toMs = Math.min(last, nowMs + DAY_MS) + HOUR_MS / 2;
  return { fromMs, toMs, marksMs: marksOf(fromMs, toMs, HOUR_MS) };
}

/** At most five moments to write below, whole units apart. */
export function marksOf(fromMs: number, toMs: number, unitMs: number): readonly number[] {
  const units = Math.ceil((toMs - fromMs) / unitMs);
  const step = Math.max(1, Math.ceil(units / MOST_MARKS)) * unitMs;
  const count = Math.floor((toMs - fromMs) / step) + 1;
  // One too close to the end would have its text cut off.
  return Array.from({ length: count }, (_, index) => fromMs + index * step).filter(
    (atMs) => (atMs - fromMs) / (toMs - fromMs) < 0.95,
  );
}

export function lanesOf(spans: readonly Span[], stretch: Stretch): readonly Lane[] {
  const lanes = new Map<string, { resource: Span['resource']; bars: Bar[] }>();
  for (const span of spans.toSorted((a, b) => a.startsAtMs - b.startsAtMs)) {
    if (span.endsAtMs < stretch.fromMs || span.startsAtMs > stretch.toMs) continue;
    const lane = lanes.get(span.resource.id) ?? { resource: span.resource, bars: [] };
    lanes.set(span.resource.id, lane);
    const from = Math.min(1 - THINNEST, placeOf(span.startsAtMs, stretch));
    lane.bars.push({ span, from, to: Math.max(placeOf(span.endsAtMs, stretch), from + THINNEST) });
  }
  return [...lanes.values()];
}

/** Where a moment lies in the stretch, 0 to 1. */
export function placeOf(atMs: number, { fromMs, toMs }: Stretch): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / Math.max(1, toMs - fromMs)));
}
