// How far a ledger that went on under another name agrees with what was kept of it: only after its restores were proven
// to be announced, and only as far as a kept checkpoint proves.
import type { Checkpoint } from '#shared/audit/checkpoint.ts';
import type { LedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { beginsWith, type NotAnnounced, readAnnouncedEpochs } from './announced-epochs.ts';
import type { AuditClient } from './audit-client.ts';
import type { EpochOpening } from './epoch-opening.ts';
import { openKept } from './ledger-history.ts';
import { judgeEpochs, type LedgerHistory } from './judge-epochs.ts';

export type Restored = OutboxData['checkpoint.restored'];

export type Agreed = { readonly openings: readonly EpochOpening[]; readonly restored: Restored };

/** The ledger is not the one that was kept, whatever it announces. */
type Differs = { readonly kind: 'differs'; readonly code: LedgerAlarm };

export type Renamed = {
  readonly history: LedgerHistory;
  readonly old: Checkpoint;
  readonly seen: Checkpoint;
};

export async function agreeOnRestore(
  client: AuditClient,
  { history, old, seen }: Renamed,
): Promise<Result<Agreed, Differs | Extract<NotAnnounced, { kind: 'unanswered' }>>> {
  const chain = await readAnnouncedEpochs(client, seen);
  if (!chain.ok) return chain.error.kind === 'unanswered' ? err(chain.error) : differs('another_ledger');
  const judged = judgeEpochs(history, old.origin, seen.origin, chain.value);
  if (!judged.ok) return differs(judged.error);
  const { fresh, survivor } = judged.value;
  const agreed = survivor === null ? null : openKept(survivor.key, survivor.note);
  if (agreed !== null) {
    const { size, root } = agreed;
    const holds = await beginsWith(client, seen, { size, root: root.toString('base64') });
    if (!holds.ok) return holds.error.kind === 'unanswered' ? err(holds.error) : differs('inconsistent');
  }
  const furthest = fresh.reduce((least, opening) => (opening.kept.size < least.kept.size ? opening : least));
  const restored: Restored = {
    restores: fresh.length,
    kept: { size: old.size, root: old.root.toString('base64') },
    seen: { size: seen.size, root: seen.root.toString('base64') },
    survives: furthest.kept,
    agreed: agreed?.size ?? 0,
    backupAtMs: furthest.keptAtMs,
  };
  return ok({ openings: chain.value, restored });
}

function differs(code: LedgerAlarm): Result<never, Differs> {
  return err({ kind: 'differs', code });
}
