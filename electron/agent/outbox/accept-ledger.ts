// Ends an alarm: a person looked at it and goes on from the receiver's ledger as it is now. On record, with both heads.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AcceptRefused } from '../outbox-port.ts';
import { reach } from '../session/reach.ts';
import type { AuditClient } from './audit-client.ts';
import { type ExchangeParts, ofDesktop } from './exchange.ts';
import type { SignedLog } from './outbox.ts';
import { type Known, readKnown, writeKnown } from './sync-row.ts';
import { headOf } from './watch-ledger.ts';

export async function acceptLedger(
  { store, outbox, clock }: ExchangeParts,
  client: AuditClient | null,
  log: SignedLog | null,
): Promise<Result<null, AcceptRefused>> {
  if (client === null || log === null) return err('unreachable');
  const before = await readKnown(store.read, log);
  if (before.alarm === null) return err('no_alarm');
  const key = await reach(() => client.ledgerKey());
  const note = await reach(() => client.checkpoint());
  if (!key.ok || !note.ok) return err('unreachable');
  const publicKey = readPublicKey(key.value);
  const seen = publicKey === null ? null : openCheckpoint(note.value, publicKey);
  if (seen === null || !seen.ok) return err('not_signed');
  const ledger = { key: key.value, checkpoint: note.value };
  const data = { kept: keptHead(before), accepted: headOf(seen.value) };
  await store.transaction(async (tx) => {
    await writeKnown(tx, log, { ...(await readKnown(tx, log)), ledger, alarm: null, cosigned: null });
    await outbox.append(tx, { ...ofDesktop(clock.now()), kind: 'checkpoint.accepted', data });
  });
  return ok(null);
}

function keptHead({ ledger }: Known): ReturnType<typeof headOf> | null {
  const key = ledger === null ? null : readPublicKey(ledger.key);
  const kept = ledger === null || key === null ? null : openCheckpoint(ledger.checkpoint, key);
  return kept?.ok === true ? headOf(kept.value) : null;
}
