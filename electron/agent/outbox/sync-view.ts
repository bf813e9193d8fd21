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

export type Verifier = {
  /** When this run of the program last verified the log; what an earlier run found is history. */
  readonly verifiedHereAtMs: EpochMs | null;
  /** The receiver belongs to the same person: what it has is nobody's countersignature. */
  readonly ownReceiver: boolean;
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

export function verification(seen: Seen, verifier: Verifier): Verification {
  const { verified, cosigned, restored, sentAgain } = seen.known;
  const { ownReceiver } = verifier;
  return {
    records: seen.records,
    result: resultOf(seen, verifier),
    verifiedAtMs: verified?.atMs ?? null,
    verifiedRecords: verified?.records ?? null,
    prunedRecords: verified?.pruned ?? 0,
    code: verified?.problem ?? null,
    cosigned: ownReceiver ? null : cosigned,
    selfAttested: ownReceiver,
    restored: restored && { ...restored, sentAgain },
  };
}

/** A problem stays until the log was found whole; that it was whole holds for the records of then. */
function resultOf({ known: { verified }, records }: Seen, { verifiedHereAtMs }: Verifier): Verification['result'] {
  if (verified === null) return 'not_yet';
  if (verified.problem !== null) return 'failed';
  return verified.atMs === verifiedHereAtMs && verified.records === records ? 'verified' : 'outdated';
}
