// What the desktop on a bad disk is told and asked.
import type { DurationMs } from '#shared/domain/time.ts';

export type ToldDesk = {
  /** Where its database is: on the disk that fails. */
  readonly folder: string;
  readonly keychain: string;
  readonly keyFile: string;
  readonly url: string;
  readonly clockMs: DurationMs;
};

export type Asked =
  | { readonly what: 'check_out'; readonly requestId: string }
  | { readonly what: 'set_clock'; readonly clockMs: DurationMs }
  | { readonly what: 'look' | 'is_synced' | 'export' };

/** Id 0: it has started. */
export type DeskAnswer = { readonly id: number; readonly value: unknown };
