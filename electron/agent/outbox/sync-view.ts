// What the window shows of the outbox and its receiver.
import type { SyncState, Verification } from '#shared/contracts/desktop/state.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Failure } from './exchange.ts';
import type { Known } from './sync-row.ts';

export type Seen = {
  readonly known: Known;
  /** All of this epoch, with or without a place in the log. */
  readonly records: number;
  /** Why the last call did not go on. */
  readonly failure: Failure | null;
  readonly lookedAtMs: EpochMs;
};

export function syncState({ known, records, failure, lookedAtMs }: Seen): SyncState {
  if (known.alarm !== null) return { kind: 'alarm', code: known.alarm };
  if (failure?.refused === true) return { kind: 'alarm', code: failure.code };
  const waiting = records - known.cursor;
  if (waiting <= 0) return { kind: 'synced', atMs: known.syncedAtMs ?? lookedAtMs };
  return failure === null
    ? { kind: 'behind', records: waiting }
    : { kind: 'stuck', code: failure.code, records: waiting };
}

export function verification({ known: { verified, cosigned, restored, sentAgain }, records }: Seen): Verification {
  const result = verified === null ? 'not_yet' : verified.problem === null ? 'verified' : 'failed';
  return {
    records,
    result,
    verifiedAtMs: verified?.atMs ?? null,
    code: verified?.problem ?? null,
    cosigned,
    restored: restored && { ...restored, sentAgain },
  };
}
