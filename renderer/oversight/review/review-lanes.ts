// Puts reviewed accesses on lanes, by person or by resource, within a stretch of time. Pure.
import type { Finding, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { startOfDay } from '../../format.ts';
import { marksOf, placeOf, type Stretch } from '../../history/lanes.ts';

export type LanesBy = 'person' | 'resource';

export type Mark = 'open' | 'follow_up' | 'cleared';

/** Parts of the stretch, 0 to 1. */
export type ReviewBar = {
  readonly access: ReviewedAccess;
  /** What was allowed. */
  readonly from: number;
  readonly plannedTo: number;
  /** What was taken of it. */
  readonly to: number;
  /** The last use; null when there was none. */
  readonly usedAt: number | null;
  readonly mark: Mark | null;
  /** Accesses of one lane at the same time stand below each other. */
  readonly row: number;
};

export type ReviewLane = {
  readonly key: string;
  readonly name: string;
  readonly rows: number;
  readonly open: number;
  readonly bars: readonly ReviewBar[];
};

/** A bar is never thinner than this, or nobody could see or press it. */
const THINNEST = 0.014;
const byName = new Intl.Collator(undefined, { numeric: true });
const MOST_AHEAD = 0.12;

/** From the asked start to now, and a little more where access goes on past it. */
export function reviewStretch(fromMs: number, toMs: number, accesses: readonly ReviewedAccess[]): Stretch {
  const most = toMs + (toMs - fromMs) * MOST_AHEAD;
  const last = accesses.reduce((latest, { plannedEndMs }) => Math.max(latest, plannedEndMs), toMs);
  const end = Math.min(last, most) + (toMs - fromMs) * 0.015;
  const start = startOfDay(fromMs);
  return { fromMs: start, toMs: end, marksMs: marksOf(start, end, DAY_MS) };
}

/** The lanes, those with something to answer first, then by name. */
export function reviewLanes(
  accesses: readonly ReviewedAccess[],
  by: LanesBy,
  stretch: Stretch,
  nowMs: number,
): readonly ReviewLane[] {
  const groups = Map.groupBy(accesses, (access) => (by === 'person' ? access.person : access.resource.id));
  return [...groups]
    .map(([key, group]) => laneOf(key, group, by, stretch, nowMs))
    .toSorted((one, other) => Math.sign(other.open) - Math.sign(one.open) || byName.compare(one.name, other.name));
}

function laneOf(
  key: string,
  group: readonly ReviewedAccess[],
  by: LanesBy,
  stretch: Stretch,
  nowMs: number,
): ReviewLane {
  const rowEnds: number[] = [];
  const bars = group
    .toSorted((a, b) => a.startsAtMs - b.startsAtMs)
    .map((access) => {
      const bar = barOf(access, stretch, nowMs);
      const end = Math.max(bar.plannedTo, bar.to);
      const free = rowEnds.findIndex((taken) => taken <= bar.from);
      const row = free === -1 ? rowEnds.length : free;
      rowEnds[row] = end;
      return { ...bar, row };
    });
  const name = (by === 'person' ? group[0]?.holder : group[0]?.resource.name) ?? key;
  const open = group.reduce((sum, { findings }) => sum + openOf(findings), 0);
  return { key, name, rows: Math.max(1, rowEnds.length), open, bars };
}

function barOf(access: ReviewedAccess, stretch: Stretch, nowMs: number): Omit<ReviewBar, 'row'> {
  const from = Math.min(1 - THINNEST, placeOf(access.startsAtMs, stretch));
  const at = (ms: number): number => Math.max(placeOf(ms, stretch), from + THINNEST);
  const endMs = access.endedAtMs ?? Math.min(nowMs, access.plannedEndMs);
  const used = access.uses > 0 ? (access.lastUsedAtMs ?? access.startsAtMs) : null;
  return {
    access,
    from,
    plannedTo: at(access.plannedEndMs),
    to: at(endMs),
    usedAt: used === null ? null : Math.min(at(endMs), Math.max(from, placeOf(used, stretch))),
    mark: markOf(access.findings),
  };
}

/** What a reviewer has to see first; null where nothing was unusual. */
export function markOf(findings: readonly Finding[]): Mark | null {
  if (findings.length === 0) return null;
  if (findings.some(({ answer }) => answer === 'open')) return 'open';
  return findings.some(({ answer }) => answer === 'follow_up') ? 'follow_up' : 'cleared';
}

export function openOf(findings: readonly Finding[]): number {
  return findings.filter(({ answer }) => answer === 'open').length;
}
