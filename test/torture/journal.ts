// What the people of a run were told, and so may rely on. Only an answer that arrived counts as told.
import type { EpochMs } from '#shared/domain/time.ts';

export type ToldAnswer = { readonly requestId: string; readonly login: string; readonly answer: 'approve' | 'reject' };
export type ToldGrant = {
  readonly requestId: string;
  readonly collectId: string;
  readonly grantId: string;
  readonly endsAtMs: EpochMs;
};

export type Journal = {
  /** Request by idempotency key. */
  readonly submitted: Map<string, string>;
  readonly answered: ToldAnswer[];
  readonly collected: ToldGrant[];
  /** Grants whose end was confirmed to somebody. */
  readonly ended: Set<string>;
  readonly withdrawn: Set<string>;
  /** Checkpoints of the ledger as they were handed out. */
  readonly checkpoints: Set<string>;
  /** What went wrong before anybody looked into the database, as sentences. */
  readonly doubled: string[];
  readonly outlived: string[];
  readonly uses: { allowed: number; refused: number };
  /** How often which problem was answered, by code: for whoever reads the report. */
  readonly problems: Map<string, number>;
  unknownOutcomes: number;
  /** Calls that were answered with what was asked: how far the run has come. */
  answers: number;
};

export function createJournal(): Journal {
  return {
    submitted: new Map(),
    answered: [],
    collected: [],
    ended: new Set(),
    withdrawn: new Set(),
    checkpoints: new Set(),
    doubled: [],
    outlived: [],
    uses: { allowed: 0, refused: 0 },
    problems: new Map(),
    unknownOutcomes: 0,
    answers: 0,
  };
}
