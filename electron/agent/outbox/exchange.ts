// One exchange with the receiver: send the next records, believe its answer only as far as it can be checked, and write
// down what is known now. The cursor moves only on the receiver's own word; nothing is ever taken out of the log.
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { AuditClient } from './audit-client.ts';
import { nextBatch } from './batch.ts';
import { carryLost, carryOwed } from './carry-lost.ts';
import { isCosigned } from './is-cosigned.ts';
import { keepWatched, type Shown } from './keep-watched.ts';
import { openKept, readLedgerHistory } from './ledger-history.ts';
import type { Outbox, OutboxStore, SignedLog } from './outbox.ts';
import { recover } from './recover.ts';
import { type Known, readKnown, writeKnown } from './sync-row.ts';
import { type LedgerPin, type LedgerProblem, type Watched, watchLedger } from './watch-ledger.ts';

export type ExchangeParts = {
  readonly store: OutboxStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly pin: LedgerPin;
};

/** Try again later. `refused`: the receiver does not take this device's word, which a person must know of. */
export type Failure = { readonly kind: 'failed'; readonly code: string; readonly refused: boolean };

export type Exchange =
  /** Nothing is left to send. */
  | { readonly kind: 'done' }
  /** Nothing is left to send, and the receiver did not show that it is on record there. */
  | { readonly kind: 'unproven' }
  /** It went on; there may be more. */
  | { readonly kind: 'moved' }
  | Failure;

/**
 * `look`: see first whether the receiver still has what was sent, and no more than that: it or this desktop may have
 * been put back to an older state.
 */
export async function exchange(
  parts: ExchangeParts,
  client: AuditClient,
  log: SignedLog,
  look = false,
): Promise<Exchange> {
  const { store } = parts;
  const known = await readKnown(store.read, log);
  if (known.cursor > 0) await carryOwed(parts, client, log);
  const isSent = known.cursor >= log.size();
  // While an alarm stands nothing of the receiver's is a proof.
  const isProven = known.alarm !== null || (known.cosigned?.records ?? 0) >= log.size();
  // What was sent is asked about by its last record: also where it was taken and the answer was lost.
  const asks = known.cursor > 0 && (look || (isSent && !isProven));
  if (isSent && !asks) return { kind: 'done' };
  const batch = asks
    ? await nextBatch(store.read, log, known.cursor - 1, known.cursor)
    : await nextBatch(store.read, log, known.cursor);
  const answer = await client.appendAudit(batch.body);
  if (!answer.ok) return await notTaken(parts, client, { log, known, problem: answer.error });
  const { next, ledgerCheckpoint, cosignature, known: more } = answer.value;
  // Fewer than were sent cannot be an acknowledgement of them.
  if (next < batch.size) return failed('receiver_contradicts');
  // More than was sent: another answer was lost, or this desktop does not have any more what it sent.
  if (more !== undefined) return await goOn(parts, client, { log, known, theirs: more });
  const watched = await watch(parts, client, known, ledgerCheckpoint);
  // The records are there all the same: sending them again finds them known.
  if (watched.kind === 'unanswered') return failed(watched.code);
  // Nothing new was put on record, and one of several replicas may be a moment behind. What was lost for good shows with
  // the next records that are sent.
  if (asks && watched.kind === 'regressed' && watched.code === 'smaller') return failed('ledger_behind');
  const seen = watched.kind === 'watched' ? openKept(watched.ledger.key, watched.ledger.checkpoint) : null;
  const cosigned = seen !== null && cosignature !== undefined && isCosigned(batch, cosignature, seen);
  await keep(parts, client, log, { known, batch, cosigned, watched });
  if (!isSent) return { kind: 'moved' };
  return { kind: cosigned || isProven || watched.kind === 'regressed' ? 'done' : 'unproven' };
}

/** What a restore took of logs of earlier keys is found before the restore is: stopped in between, it is found again. */
async function keep(parts: ExchangeParts, client: AuditClient, log: SignedLog, shown: Shown): Promise<void> {
  if (shown.watched.kind === 'watched' && shown.watched.restored !== null) await carryLost(parts, client, log);
  await keepWatched(parts, log, shown);
}

async function watch(
  { store, pin }: ExchangeParts,
  client: AuditClient,
  { ledger: kept }: Known,
  note: string,
): Promise<Watched | LedgerProblem> {
  const history = await readLedgerHistory(store.read, kept);
  const watched = await watchLedger(client, { kept, history }, note, pin);
  return watched.ok ? watched.value : watched.error;
}

type NotTaken = { readonly log: SignedLog; readonly known: Known; readonly problem: Problem };

async function notTaken(
  parts: ExchangeParts,
  client: AuditClient,
  { log, known, problem }: NotTaken,
): Promise<Exchange> {
  if (problem.known === undefined) return { kind: 'failed', code: problem.code, refused: isRefusal(problem) };
  return await goOn(parts, client, { log, known, theirs: problem.known });
}

/** `theirs`: how the receiver knows this log. */
type Differs = { readonly log: SignedLog; readonly known: Known; readonly theirs: KnownLog };

async function goOn(parts: ExchangeParts, client: AuditClient, { log, known, theirs }: Differs): Promise<Exchange> {
  const { store, outbox } = parts;
  const recovery = await recover(store.read, client, { log, cursor: known.cursor, known: theirs });
  if (!recovery.ok) return failed(recovery.error);
  if (recovery.value.kind === 'new_epoch') {
    await outbox.openEpoch(recovery.value.epoch);
    return { kind: 'moved' };
  }
  const { next, root } = recovery.value;
  // Where it was already: the answer does not go with the question, and asking again at once would not end.
  if (next === known.cursor) return failed('receiver_contradicts');
  await store.transaction(async (tx) => {
    const now = await readKnown(tx, log);
    const cosigned = now.cosigned !== null && now.cosigned.records <= next ? now.cosigned : null;
    // Only what it had by its own word was sent before.
    const sentAgain = now.sentAgain + Math.max(0, now.cursor - next);
    await writeKnown(tx, log, { ...now, cursor: next, witnessedRoot: root, cosigned, sentAgain });
  });
  return { kind: 'moved' };
}

/** The rest is trouble that passes by itself. */
function isRefusal({ status, code }: Problem): boolean {
  return status < 500 && code !== 'rate_limited';
}

function failed(code: string): Exchange {
  return { kind: 'failed', code, refused: code === 'receiver_contradicts' };
}
