// Watches the receiver's ledger: each checkpoint must be signed by the same key, or by one that it handed over to, and
// continue the highest one seen, or the one that an announced restore left. Whatever is announced is told; a step back
// that is not is a regress.
import type { Checkpoint } from '#shared/audit/checkpoint.ts';
import type { LedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { TreeHead } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { beginsWith, readAnnouncedEpochs } from './announced-epochs.ts';
import { agreeOnRestore, type Restored } from './agree-on-restore.ts';
import type { AuditClient } from './audit-client.ts';
import type { EpochOpening } from './epoch-opening.ts';
import type { LedgerHistory } from './judge-epochs.ts';
import { followKey, type KeyRotated } from './follow-key.ts';
import { openKept } from './ledger-history.ts';
import type { KeptLedger } from './sync-row.ts';

export type Regress = {
  readonly kind: 'regressed';
  readonly code: LedgerAlarm;
  readonly kept: TreeHead | null;
  readonly seen: TreeHead | null;
};
/** Nothing was found out: ask again later. */
export type Unanswered = { readonly kind: 'unanswered'; readonly code: string };
export type LedgerProblem = Regress | Unanswered;

export type LedgerPin = {
  /** Hex SHA-256 of the ledger key's DER, where it is known from elsewhere than the receiver. */
  readonly keyFingerprint?: string;
};

/** What is kept of the ledger. */
export type Before = {
  /** The highest checkpoint; null: none was seen yet. */
  readonly kept: KeptLedger | null;
  readonly history: LedgerHistory;
};

export type Watched = {
  readonly kind: 'watched';
  /** To be kept from now on. */
  readonly ledger: KeptLedger;
  /** Announcements that were proven on the way, to be kept too. */
  readonly openings: readonly EpochOpening[];
  /** Restores that were not known of. */
  readonly restored: Restored | null;
  /** Changes of its key that were not known of. */
  readonly rotated: KeyRotated | null;
};

/** Checks a checkpoint of the receiver's ledger. */
export async function watchLedger(
  client: AuditClient,
  { kept, history }: Before,
  note: string,
  pin: LedgerPin,
): Promise<Result<Watched, LedgerProblem>> {
  const old = kept === null ? null : openKept(kept.key, kept.checkpoint);
  const before = kept === null || old === null ? null : { key: kept.key, head: old };
  const signed = await followKey(client, before, note, pin.keyFingerprint);
  if (!signed.ok) return signed.error.kind === 'differs' ? regressed(signed.error.code, old, null) : err(signed.error);
  const { key, seen, rotated } = signed.value;
  const ledger = { key: key.pem, checkpoint: note };
  if (old === null) return await firstLook(client, ledger, seen);
  if (seen.origin !== old.origin) {
    const agreed = await agreeOnRestore(client, { history, old, seen });
    if (agreed.ok) return ok({ kind: 'watched', ledger, rotated, ...agreed.value });
    return agreed.error.kind === 'differs' ? regressed(agreed.error.code, old, seen) : err(agreed.error);
  }
  const different = await compare(client, old, seen);
  if (different === null) return ok({ kind: 'watched', ledger, openings: [], restored: null, rotated });
  return different.kind === 'unanswered' ? err(different) : regressed(different.code, old, seen);
}

/** What came before the first look is nobody's to compare; a later restore is measured against it. */
async function firstLook(
  client: AuditClient,
  ledger: KeptLedger,
  seen: Checkpoint,
): Promise<Result<Watched, LedgerProblem>> {
  const announced = await readAnnouncedEpochs(client, seen);
  if (!announced.ok && announced.error.kind === 'unanswered') return err(announced.error);
  const openings = announced.ok ? announced.value : [];
  return ok({ kind: 'watched', ledger, openings, restored: null, rotated: null });
}

type Difference = { readonly kind: 'regressed'; readonly code: LedgerAlarm } | Unanswered;

async function compare(client: AuditClient, old: Checkpoint, seen: Checkpoint): Promise<Difference | null> {
  const differs = (code: LedgerAlarm): Difference => ({ kind: 'regressed', code });
  if (seen.size < old.size) return differs('smaller');
  if (seen.size === old.size) return seen.root.equals(old.root) ? null : differs('forked');
  const continued = await beginsWith(client, seen, headOf(old));
  if (continued.ok) return null;
  return continued.error.kind === 'unanswered' ? continued.error : differs('inconsistent');
}

export function headOf({ size, root }: Checkpoint): TreeHead {
  return { size, root: root.toString('base64') };
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
