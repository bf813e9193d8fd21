// What the processes of an audit torture and the one that kills them say to each other.
import type { DurationMs } from '#shared/domain/time.ts';
import type { SinkTimes } from '#shared/sinks/times.ts';

/** Record numbers: no two lives of a process write the same one. */
export const NUMBERS_A_LIFE = 100_000;

export type ToldStore =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Pauses of sinks that fit a short life. */
export const SINK_TIMES: Partial<SinkTimes> = {
  gatherMs: 20,
  firstRetryMs: 10,
  firstSlowRetryMs: 20,
  lastRetryMs: 50,
  mostRetryAfterMs: 50,
  lookMs: 100,
  leaseMs: 300,
};
/** A file of a sink is put aside when it is so large. */
export const FILE_BYTES = 65_536;

export type ToldSinks = {
  /** Of the webhook. */
  readonly url: string;
  readonly secret: string;
  /** Absolute. */
  readonly file: string;
};

/** How a process is started. */
type ToldLife = {
  /** Written outside of every database: what was begun and what was committed. */
  readonly journal: string;
  readonly firstNumber: number;
  readonly bootId: string;
  readonly seed: number;
  /** How far its clock is off at the start. */
  readonly clockMs: DurationMs;
  /** Writes nothing of its own. */
  readonly rests: boolean;
};

export type ToldDesktop = ToldLife & {
  readonly database: string;
  readonly keyFile: string;
  /** The broker knew this key before the torture began. */
  readonly isEnrolled: boolean;
  /** By what the network and the broker know whose call it is. */
  readonly name: string;
  readonly url: string;
  readonly ledgerFingerprint: string;
};

export type ToldBroker = ToldLife & {
  readonly store: ToldStore;
  /** JSON: the seeds of its keys, hex. */
  readonly keyFile: string;
  readonly sinks: ToldSinks;
  /** By what callers know it. */
  readonly url: string;
  /** Whoever starts it says that its store is a backup. */
  readonly restored: boolean;
};

/** To a process. */
export type Order =
  | { readonly kind: 'clock'; readonly clockMs: DurationMs }
  /** Says `delivered` when its sinks have everything. */
  | { readonly kind: 'deliver' }
  | { readonly kind: 'export'; readonly folder: string };

/** From a process. */
export type Word =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'committed' }
  /** Of a desktop at rest: how far it is. */
  | { readonly kind: 'state'; readonly isSynced: boolean; readonly text: string }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'exported'; readonly records: number; readonly problem: string | null }
  | { readonly kind: 'trouble'; readonly text: string };
