// Watches the receiver's ledger: each checkpoint must be signed by the same key and continue the highest one seen.
import { type Checkpoint, openCheckpoint, strictBase64 } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { verifyConsistency } from '#shared/audit/proof.ts';
import type { LedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { TreeHead } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AuditClient } from './audit-client.ts';
import type { Known } from './sync-row.ts';

export type KeptLedger = NonNullable<Known['ledger']>;

export type Regress = {
  readonly kind: 'regressed';
  readonly code: LedgerAlarm;
  readonly kept: TreeHead | null;
  readonly seen: TreeHead | null;
};
/** Nothing was found out: ask again later. */
type Unanswered = { readonly kind: 'unanswered'; readonly code: string };
export type LedgerProblem = Regress | Unanswered;

export type LedgerPin = {
  /** Hex SHA-256 of the ledger key's DER, where it is known from elsewhere than the receiver. */
  readonly keyFingerprint?: string;
};

/** Checks a checkpoint of the receiver's ledger; gives what is to be kept from now on. */
export async function watchLedger(
  client: AuditClient,
  kept: KeptLedger | null,
  note: string,
  pin: LedgerPin,
): Promise<Result<KeptLedger, LedgerProblem>> {
  const pem = kept === null ? await client.ledgerKey() : ok(kept.key);
  if (!pem.ok) return unanswered(pem.error.code);
  const key = readPublicKey(pem.value);
  if (key === null || (pin.keyFingerprint ?? key.fingerprint) !== key.fingerprint)
    return regressed('another_key', null, null);
  const seen = openCheckpoint(note, key);
  const before = kept === null ? null : openCheckpoint(kept.checkpoint, key);
  if (before !== null && !before.ok) throw new Error('the kept checkpoint of the ledger was changed');
  const old = before?.value ?? null;
  if (!seen.ok) return regressed('not_signed', old, null);
  const code = old === null ? null : await compare(client, old, seen.value);
  if (code !== null) return code.kind === 'unanswered' ? err(code) : regressed(code.code, old, seen.value);
  return ok({ key: pem.value, checkpoint: note });
}

type Difference = { readonly kind: 'regressed'; readonly code: LedgerAlarm } | Unanswered;

async function compare(client: AuditClient, old: Checkpoint, seen: Checkpoint): Promise<Difference | null> {
  const differs = (code: LedgerAlarm): Difference => ({ kind: 'regressed', code });
  if (seen.origin !== old.origin) return differs('another_ledger');
  if (seen.size < old.size) return differs('smaller');
  if (seen.size === old.size) return seen.root.equals(old.root) ? null : differs('forked');
  const answer = await client.consistency(old.size, seen.size);
  // A ledger that says it has no such trees takes back what it signed.
  if (!answer.ok && answer.error.code !== 'not_found') return { kind: 'unanswered', code: answer.error.code };
  const proof = answer.ok ? answer.value.hashes.map(strictBase64).filter((hash) => hash !== null) : [];
  const claim = { fromSize: old.size, toSize: seen.size, fromRoot: old.root, toRoot: seen.root, proof };
  return verifyConsistency(claim) ? null : differs('inconsistent');
}

export function headOf({ size, root }: Checkpoint): TreeHead {
  return { size, root: root.toString('base64') };
}

function unanswered(code: string): { readonly ok: false; readonly error: LedgerProblem } {
  return err({ kind: 'unanswered', code });
}

function regressed(code: LedgerAlarm, kept: Checkpoint | null, seen: Checkpoint | null) {
  const problem: LedgerProblem = {
    kind: 'regressed',
    code,
    kept: kept === null ? null : headOf(kept),
    seen: seen === null ? null : headOf(seen),
  };
  return err(problem);
}
