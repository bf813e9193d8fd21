// A desktop's own records come in: checked against its signature and against what is stored before anything is stored,
// and put on record in the ledger in the same transaction, so that the ledger's checkpoint cosigns the desktop's log.
import type { LogPublicKey } from '#shared/audit/log-key.ts';
import type { AppendBody, Appended, KnownLog } from '#shared/contracts/audit-api.ts';
import type { AuditData } from '#shared/domain/audit-event.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { findCosignature } from './cosign.ts';
import { opensEpoch } from './epochs.ts';
import { believeOpening, endFollowed, followedUpTo } from './followed.ts';
import type { Opening } from './read-opening.ts';
import { judgeBatch } from './judge-batch.ts';
import { type Batch, type BatchFault, readRecords, readSignedHead } from './read-batch.ts';
import { keepFork } from './keep-fork.ts';
import { knownLog, noteHeard, readStoredHead, type StoredHead, storeGrowth } from './stored-log.ts';

type Deps = { readonly store: BrokerStore; readonly ledger: Ledger; readonly clock: Clock };

/** Who appends: a person, through the device whose key signed the call. */
export type Appender = { readonly subject: SubjectId; readonly key: LogPublicKey };

export type AppendRefusal =
  | BatchFault
  | { readonly code: 'sequence_gap' | 'signed_fork'; readonly detail: string; readonly known: KnownLog };

/**
 * Appends a batch. Again is the same: records that are stored already are taken as they are. Refuses what is not the
 * device's own log, not signed, not records (nothing is stored), what does not follow (`sequence_gap`), and what
 * contradicts what was accepted (`signed_fork`: kept whole and on record).
 */
export async function appendAudit(
  deps: Deps,
  appender: Appender,
  body: AppendBody,
): Promise<Result<Appended, AppendRefusal>> {
  const signed = readSignedHead(body, appender.key);
  if (!signed.ok) return signed;
  // Looked at twice: here so that records which cannot follow are not even read, below so that nothing changed since.
  const early = await readStoredHead(deps.store.read, body.origin, body.epoch);
  if (body.firstSeq > (early?.size ?? 0)) return await gap(deps, body.origin);
  const batch = readRecords(signed.value, body.records);
  if (!batch.ok) return batch;
  const done = await deps.store.transaction((tx) => place(deps, tx, appender, batch.value, body));
  if (!done.ok) return done;
  const ledgerCheckpoint = await deps.ledger.checkpoint();
  if (ledgerCheckpoint === null) throw new Error('a ledger with records has a checkpoint');
  const { origin, epoch, size } = batch.value;
  const head = { subject: appender.subject, origin, epoch, size };
  const cosignature = await findCosignature(deps.ledger, head, ledgerCheckpoint);
  const { next, known } = done.value;
  return ok({ next, ledgerCheckpoint, ...(cosignature !== null && { cosignature }), ...(known !== null && { known }) });
}

/** `next`: the sequence number that is wanted next. `known`: where the log goes on after this batch; null: it does not. */
type Placed = { readonly next: number; readonly known: KnownLog | null };

async function place(
  deps: Deps,
  tx: Tx,
  appender: Appender,
  batch: Batch,
  body: AppendBody,
): Promise<Result<Placed, AppendRefusal>> {
  const newest = await readStoredHead(tx, batch.origin);
  const stored = await readStoredHead(tx, batch.origin, batch.epoch);
  const followed = await followedUpTo(tx, batch.origin);
  const known = knownLog(newest, followed);
  const doesNotFollow = err({ code: 'sequence_gap', detail: WHAT_FOLLOWS, known } as const);
  if (stored === null && !opensEpoch(batch, newest)) return doesNotFollow;
  const verdict = await judgeBatch(tx, batch, stored?.size ?? 0);
  // Also by what is known already: the device has just proven its key.
  if (verdict.kind === 'known' || verdict.kind === 'follows' || verdict.kind === 'fork')
    await noteHeard(tx, batch.origin, deps.clock.now());
  switch (verdict.kind) {
    case 'known': {
      const next = stored?.size ?? 0;
      const goesOn = next > batch.size || known.epoch > batch.epoch || followed >= batch.epoch;
      return ok({ next, known: goesOn ? known : null });
    }
    case 'gap':
      return doesNotFollow;
    case 'wrong':
      return err({ code: 'invalid_request', detail: verdict.detail });
    case 'fork':
      if (stored !== null) await recordFork(deps, tx, { appender, batch, body, kept: stored });
      return err({ code: 'signed_fork', detail: 'Both trees are kept.', known });
    case 'follows': {
      // An epoch that another one follows is over.
      if ((newest !== null && newest.epoch > batch.epoch) || followed >= batch.epoch) return doesNotFollow;
      const nowMs = deps.clock.now();
      const opening = stored === null ? await believeOpening(tx, batch) : null;
      await storeGrowth(tx, { batch, ...verdict, publicKeyPem: appender.key.pem, opening, nowMs });
      await endFollowed(tx, appender.subject, batch, verdict.from);
      await recordGrowth(deps, tx, { appender, batch, from: verdict.from, opening });
      return ok({ next: batch.size, known: null });
    }
  }
}

const WHAT_FOLLOWS = 'Send the record that is wanted next; another epoch names what was accepted of the one before.';

async function gap({ store }: Deps, origin: string): Promise<Result<never, AppendRefusal>> {
  const known = knownLog(await readStoredHead(store.read, origin), await followedUpTo(store.read, origin));
  return err({ code: 'sequence_gap', detail: WHAT_FOLLOWS, known });
}

type Grown = {
  readonly appender: Appender;
  readonly batch: Batch;
  readonly from: number;
  readonly opening: Opening | null;
};

async function recordGrowth(deps: Deps, tx: Tx, { appender, batch, from, opening }: Grown): Promise<void> {
  const tree = treeOf(batch);
  if (opening !== null) {
    // With a new key it goes on under another name, and which one it was before is its own word.
    const { code: reason, previousOrigin, previousEpoch } = opening;
    // A change was put on record when both keys had signed it.
    if (reason !== 'key_changed')
      await record(deps, tx, appender, 'audit.epoch_opened', { ...tree, previousEpoch, previousOrigin, reason });
  }
  await record(deps, tx, appender, 'audit.appended', { ...tree, records: batch.size - from });
}

type Fork = {
  readonly appender: Appender;
  readonly batch: Batch;
  readonly body: AppendBody;
  readonly kept: StoredHead;
};

async function recordFork(deps: Deps, tx: Tx, { appender, batch, body, kept }: Fork): Promise<void> {
  if (!(await keepFork(tx, batch, body, deps.clock.now()))) return;
  const data = { ...treeOf(batch), kept: { size: kept.size, root: kept.root } };
  await record(deps, tx, appender, 'audit.forked', data);
}

function treeOf({ origin, epoch, size, root }: Batch) {
  return { origin, epoch, size, root: root.toString('base64') };
}

type AppendKind = 'audit.appended' | 'audit.epoch_opened' | 'audit.forked';

async function record<K extends AppendKind>(
  { ledger, clock }: Deps,
  tx: Tx,
  { subject }: Appender,
  kind: K,
  data: AuditData[K],
): Promise<void> {
  const event = {
    kind,
    data,
    atMs: clock.now(),
    actor: subject,
    subject,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: kind === 'audit.forked' ? 'failure' : 'success',
  };
  // The compiler cannot see that kind and data of a generic K belong together; the signature guarantees it.
  await ledger.append(tx, event as Parameters<Ledger['append']>[1]);
}
