// What becomes of one call in a bad network: 15 in 100 meet an error, 25 are done and never answered, and what was
// sent comes again, late, or after what was sent later.
import type { ServerResponse } from 'node:http';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Random } from '../random.ts';

type ErrorKind = 'busy' | 'limited' | 'reset' | 'garbage' | 'foreign';

/** `again`: the call comes to the broker once more, so much later, as it was or signed anew. */
export type Fate = { readonly again: { readonly afterMs: DurationMs; readonly signed: boolean } | null } & (
  | { readonly kind: 'well' | 'lost' | 'half' }
  | { readonly kind: 'error'; readonly error: ErrorKind }
  | { readonly kind: 'slow'; readonly forMs: DurationMs }
  /** It does not come now, but later, when others have come before it. */
  | { readonly kind: 'held'; readonly afterMs: DurationMs }
);

export const ERROR_CHANCE = 0.15;
export const LOST_CHANCE = 0.25;
const HELD_CHANCE = 0.05;
const AGAIN_CHANCE = 0.15;
const MOST_LATE_MS = 400;

/** Only what changes something comes again or late. */
export function drawFate(random: Random, changes: boolean): Fate {
  const drawn = random.next();
  const again =
    changes && random.chance(AGAIN_CHANCE)
      ? { afterMs: random.between(0, MOST_LATE_MS), signed: random.chance(0.7) }
      : null;
  if (drawn < ERROR_CHANCE) return { ...anError(random), again };
  if (drawn < ERROR_CHANCE + LOST_CHANCE) return { kind: 'lost', again };
  if (changes && drawn > 1 - HELD_CHANCE) return { kind: 'held', afterMs: random.between(20, MOST_LATE_MS), again };
  return { kind: 'well', again };
}

function anError(random: Random) {
  const kind = random.pick(['busy', 'limited', 'reset', 'garbage', 'foreign', 'half', 'slow']);
  if (kind === 'half') return { kind } as const;
  if (kind === 'slow') return { kind, forMs: random.between(10, 150) } as const;
  return { kind: 'error', error: kind as ErrorKind } as const;
}

export const ERRORS: { readonly [K in ErrorKind]: (outgoing: ServerResponse) => void } = {
  busy: (outgoing) => problem(outgoing, 503, 'unavailable'),
  limited: (outgoing) => problem(outgoing, 429, 'rate_limited'),
  reset: (outgoing) => void outgoing.destroy(),
  // Says that all is well, and is no answer of ours.
  garbage: (outgoing) => void outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"next":"all"}\0<'),
  // A page of whoever owns the network.
  foreign: (outgoing) =>
    void outgoing.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Please sign in to this network</h1>'),
};

function problem(outgoing: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ type: `urn:daypass:problem:${code}`, title: code, status, code });
  outgoing.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end(body);
}

export type Counts = {
  calls: number;
  errors: number;
  lostAnswers: number;
  /** The broker took records and the desktop was not told. */
  lostAcknowledgements: number;
  duplicates: number;
  reordered: number;
  /** What the broker answered to what came late, and how often it was not there. */
  readonly lateAnswers: Map<number, number>;
  lateLost: number;
};

export function createCounts(): Counts {
  return {
    calls: 0,
    errors: 0,
    lostAnswers: 0,
    lostAcknowledgements: 0,
    duplicates: 0,
    reordered: 0,
    lateAnswers: new Map(),
    lateLost: 0,
  };
}
