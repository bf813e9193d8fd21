// A person looked: at an alarm, and goes on from the receiver's ledger as it is now; or at an announced restore, and has
// read it. On record either way.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AcceptRefused } from '../outbox-port.ts';
import { reach } from '../session/reach.ts';
import type { AuditClient } from './audit-client.ts';
import { carryLost } from './carry-lost.ts';
import { readAnnouncedEpochs } from './announced-epochs.ts';
import type { ExchangeParts } from './exchange.ts';
import { ofDesktop } from './keep-watched.ts';
import { keepHead, keepOpenings } from './ledger-history.ts';
import type { SignedLog } from './outbox.ts';
import { type Known, readKnown, writeKnown } from './sync-row.ts';
import { headOf } from './watch-ledger.ts';

export async function acceptLedger(
  parts: ExchangeParts,
  client: AuditClient | null,
  log: SignedLog | null,
): Promise<Result<null, AcceptRefused>> {
  if (log === null) return err('unreachable');
  const before = await readKnown(parts.store.read, log);
  if (before.alarm === null) return await readRestored(parts, log);
  if (client === null) return err('unreachable');
  const key = await reach(() => client.ledgerKey());
  const note = await reach(() => client.checkpoint());
  if (!key.ok || !note.ok) return err('unreachable');
  const publicKey = readPublicKey(key.value);
  const seen = publicKey === null ? null : openCheckpoint(note.value, publicKey);
  if (seen === null || !seen.ok) return err('not_signed');
  const announced = await readAnnouncedEpochs(client, seen.value).catch(() => null);
  const carried = await carryLost(parts, client, log).then(
    () => true,
    () => false,
  );
  if (!carried) return err('unreachable');
  const ledger = { key: key.value, checkpoint: note.value };
  const data = { kept: keptHead(before), accepted: headOf(seen.value) };
  const { store, outbox, clock } = parts;
  const accepted = { ledger, alarm: null, cosigned: null, restored: null, sentAgain: 0 };
  await store.transaction(async (tx) => {
    const atMs = clock.now();
    await writeKnown(tx, log, { ...(await readKnown(tx, log)), ...accepted });
    await keepHead(tx, ledger, atMs, true);
    if (announced?.ok === true) await keepOpenings(tx, announced.value, atMs);
    await outbox.append(tx, { ...ofDesktop(atMs), kind: 'checkpoint.accepted', data });
  });
  return ok(null);
}

/** An announced restore is no alarm: it is only to be read. */
async function readRestored(
  { store, outbox, clock }: ExchangeParts,
  log: SignedLog,
): Promise<Result<null, AcceptRefused>> {
  return await store.transaction(async (tx) => {
    const known = await readKnown(tx, log);
    if (known.restored === null) return err('no_alarm');
    await writeKnown(tx, log, { ...known, restored: null, sentAgain: 0 });
    const data = { keptRecords: known.restored.keptRecords, sentAgain: known.sentAgain };
    await outbox.append(tx, { ...ofDesktop(clock.now()), kind: 'checkpoint.restore_read', data });
    return ok(null);
  });
}

function keptHead({ ledger }: Known): ReturnType<typeof headOf> | null {
  const key = ledger === null ? null : readPublicKey(ledger.key);
  const kept = ledger === null || key === null ? null : openCheckpoint(ledger.checkpoint, key);
  return kept?.ok === true ? headOf(kept.value) : null;
}
