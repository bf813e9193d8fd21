// One exchange with the receiver: send the next records, believe its answer only as far as it can be checked, and write
// down what is known now. The cursor moves only on the receiver's own word; nothing is ever taken out of the log.
import type { Problem } from '#shared/contracts/problem.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { AuditClient } from './audit-client.ts';
import { nextBatch, type OutboxBatch } from './batch.ts';
import type { Outbox, OutboxStore, SignedLog } from './outbox.ts';
import { recover } from './recover.ts';
import { type Known, readKnown, writeKnown } from './sync-row.ts';
import { type KeptLedger, type LedgerPin, type Regress, watchLedger } from './watch-ledger.ts';

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
  /** It went on; there may be more. */
  | { readonly kind: 'moved' }
  | Failure;

export async function exchange(parts: ExchangeParts, client: AuditClient, log: SignedLog): Promise<Exchange> {
  const { store } = parts;
  const known = await readKnown(store.read, log);
  if (known.cursor >= log.size()) return { kind: 'done' };
  const batch = await nextBatch(store.read, log, known.cursor);
  const answer = await client.appendAudit(batch.body);
  if (!answer.ok) return await notTaken(parts, client, { log, known, problem: answer.error });
  const { next, ledgerCheckpoint } = answer.value;
  // Fewer than were sent cannot be an acknowledgement of them; more than that is not ours to count on.
  if (next < batch.size) return failed('receiver_contradicts');
  const watched = await watchLedger(client, known.ledger, ledgerCheckpoint, parts.pin);
  if (watched.ok) await acknowledge(parts, log, { known, batch, watched: watched.value });
  else if (watched.error.kind === 'regressed') await acknowledge(parts, log, { known, batch, watched: watched.error });
  // The records are there all the same: sending them again finds them known.
  else return failed(watched.error.code);
  return { kind: 'moved' };
}

type Acknowledged = {
  /** As it was before the call. */
  readonly known: Known;
  readonly batch: OutboxBatch;
  readonly watched: KeptLedger | Regress;
};

async function acknowledge(
  { store, outbox, clock }: ExchangeParts,
  log: SignedLog,
  { known, batch, watched }: Acknowledged,
): Promise<void> {
  const atMs = clock.now();
  await store.transaction(async (tx) => {
    const now = await readKnown(tx, log);
    const moved = { ...now, cursor: batch.size, witnessedRoot: batch.root.toString('base64'), syncedAtMs: atMs };
    // Somebody accepted another ledger meanwhile: what was compared with the one before says nothing.
    if (now.ledger?.checkpoint !== known.ledger?.checkpoint) return await writeKnown(tx, log, moved);
    if ('kind' in watched) {
      await writeKnown(tx, log, { ...moved, alarm: now.alarm ?? watched.code });
      if (now.alarm !== null) return;
      const { code, kept, seen } = watched;
      const data = { code, kept, seen };
      return await outbox.append(tx, { ...ofDesktop(atMs), outcome: 'failure', kind: 'checkpoint.regressed', data });
    }
    // While an alarm stands, nothing of the receiver's counts as a countersignature.
    const believed = { ledger: watched, cosigned: { records: batch.size, atMs } };
    return await writeKnown(tx, log, now.alarm === null ? { ...moved, ...believed } : moved);
  });
}

type NotTaken = { readonly log: SignedLog; readonly known: Known; readonly problem: Problem };

async function notTaken(
  parts: ExchangeParts,
  client: AuditClient,
  { log, known, problem }: NotTaken,
): Promise<Exchange> {
  if (problem.known === undefined) return { kind: 'failed', code: problem.code, refused: isRefusal(problem) };
  const { store, outbox } = parts;
  const recovery = await recover(store.read, client, { log, cursor: known.cursor, known: problem.known });
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
    await writeKnown(tx, log, { ...now, cursor: next, witnessedRoot: root, cosigned });
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

export function ofDesktop(atMs: number): Omit<OutboxEvent, 'kind' | 'data'> {
  return { atMs, actor: 'desktop', subject: null, resource: null, requestId: null, grantId: null, outcome: 'success' };
}
