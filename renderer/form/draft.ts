// What the form holds before it is a wish. Pure: sensible first values, and when it is fit to be asked.
import type { WishForm } from '#shared/contracts/desktop/commands.ts';
import type { Prefill } from '#shared/contracts/desktop/route.ts';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';

export type Draft = {
  readonly resource: string | null;
  readonly actions: readonly string[];
  readonly purpose: string;
  readonly justification: string;
  readonly ticket: string;
  readonly durationMs: number;
  readonly startAtMs: number | null;
  readonly endsWithOperation: boolean;
  readonly extendsGrant: string | null;
  /** An emergency: at once, told to everybody concerned, looked at afterwards. Never filled in by anybody else. */
  readonly breakGlass: boolean;
};

/** The shortest and the longest that the contract has words for. */
const SHORTEST_MS = 2000;
const LENGTHS_MS = [30 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS];
const PURPOSE = /^[a-z][a-z0-9_-]{0,62}$/;
const FIRST_PURPOSE = 'analysis';

export const EMPTY: Draft = {
  resource: null,
  actions: [],
  purpose: FIRST_PURPOSE,
  justification: '',
  ticket: '',
  durationMs: HOUR_MS,
  startAtMs: null,
  endsWithOperation: false,
  extendsGrant: null,
  breakGlass: false,
};

/** The draft for a resource: as it was asked the last time, else the first action for an hour. */
export function draftFor(entry: CatalogEntry, state: Pick<DesktopState, 'presets'>): Draft {
  const before = state.presets.find((preset) => preset.resource.id === entry.id);
  const actions = before?.actions.filter((action) => entry.actions.includes(action)) ?? [];
  return {
    ...EMPTY,
    resource: entry.id,
    actions: actions.length > 0 ? actions : entry.actions.slice(0, 1),
    purpose: before?.purpose ?? FIRST_PURPOSE,
    durationMs: Math.min(before?.durationMs ?? HOUR_MS, entry.maxDurationMs),
  };
}

/** What somebody filled in, as far as the catalog knows it; the rest as for a draft of the person's own. */
export function draftFrom(
  prefill: Prefill | null,
  extendsGrant: string | null,
  state: Pick<DesktopState, 'catalog' | 'presets'>,
): Draft {
  const entry = state.catalog.find((each) => each.id === prefill?.resource);
  if (prefill === null || entry === undefined) return { ...EMPTY, justification: prefill?.justification ?? '' };
  const draft = draftFor(entry, state);
  const actions = prefill.actions?.filter((action) => entry.actions.includes(action)) ?? [];
  return {
    ...draft,
    actions: actions.length > 0 ? actions : draft.actions,
    purpose: prefill.purpose ?? draft.purpose,
    justification: prefill.justification ?? '',
    durationMs: Math.min(prefill.durationMs ?? draft.durationMs, entry.maxDurationMs),
    extendsGrant,
  };
}

const LEAST_LETTERS = 20;
const LEAST_DIFFERENT = 8;

/** Whether an emergency's reason is one that a reviewer can use. The broker demands the same: this says so before. */
export function isReasonEnough(justification: string): boolean {
  const letters = justification.toLowerCase().match(/[\p{L}\p{N}]/gu) ?? [];
  return letters.length >= LEAST_LETTERS && new Set(letters).size >= LEAST_DIFFERENT;
}

/** The longest that this draft may ask for, in ms. */
export function mostMs(draft: Pick<Draft, 'breakGlass'>, entry: CatalogEntry): number {
  return draft.breakGlass ? (entry.breakGlassMs ?? 0) : entry.maxDurationMs;
}

/** The lengths to choose from: the usual ones that this allows, and the longest where it is shorter than those. */
export function lengthsFor(maxDurationMs: number): readonly number[] {
  const usual = LENGTHS_MS.filter((ms) => ms <= maxDurationMs);
  return usual.length < LENGTHS_MS.length && !usual.includes(maxDurationMs) ? [...usual, maxDurationMs] : usual;
}

/** A name as the contract takes it, from what a person typed: `Q3 board report` becomes `q3-board-report`. */
export function purposeFrom(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63);
}

/** The wish that the draft says, or null while something is missing or out of bounds. */
export function wishOf(draft: Draft, maxDurationMs: number, nowMs: number): WishForm | null {
  const lasts = draft.durationMs >= SHORTEST_MS && draft.durationMs <= maxDurationMs;
  if (draft.resource === null || draft.actions.length === 0 || !PURPOSE.test(draft.purpose) || !lasts) return null;
  if (draft.breakGlass && (!isReasonEnough(draft.justification) || draft.extendsGrant !== null)) return null;
  const starts =
    !draft.breakGlass && draft.extendsGrant === null && draft.startAtMs !== null && draft.startAtMs > nowMs;
  const ticket = draft.ticket.trim();
  return {
    resource: draft.resource,
    actions: [...draft.actions],
    purpose: draft.purpose,
    justification: draft.justification.trim(),
    ticket: ticket === '' ? null : ticket,
    durationMs: draft.durationMs - (draft.durationMs % 1000),
    startAtMs: starts ? draft.startAtMs : null,
    endsWithOperation: draft.extendsGrant === null && draft.endsWithOperation,
    extendsGrant: draft.extendsGrant,
    breakGlass: draft.breakGlass,
  };
}

export const UNITS_MS = { minutes: MINUTE_MS, hours: HOUR_MS, days: DAY_MS } as const;

/** The largest unit that says a length in whole numbers. */
export function unitOf(durationMs: number): keyof typeof UNITS_MS {
  if (durationMs % DAY_MS === 0) return 'days';
  return durationMs % HOUR_MS === 0 ? 'hours' : 'minutes';
}
