// What an earlier run left is finished or undone before anything is served. What the keychain does not let us finish
// stays visible, and is finished as soon as it can be looked at.
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { HOUR_MS, type EpochMs } from '#shared/domain/time.ts';
import { abandon } from './abandon.ts';
import type { VaultCopy } from './copy-row.ts';
import { removeResidue } from './residue.ts';
import type { VaultDeps } from './vault-deps.ts';
import { credentialOf } from './vault-event.ts';
import type { Wipe, WipeOrder } from './wipe.ts';
import type { WipeReason } from './vault.ts';

/** An approved request lapses sooner than this; whoever still wants it has asked again. */
const INTENT_KEPT_MS = 24 * HOUR_MS;

/**
 * Settles the copies of an earlier run. False: the keychain could not be looked at, so there is more to do. Safe to run
 * again, also while this run's own copies come and go.
 */
export async function recover(deps: VaultDeps, wipe: Wipe, earlier: ReadonlySet<string>): Promise<boolean> {
  const swept = await deps.journal.sweep();
  const before = deps.register.all();
  const found = await deps.holder.inKeychain();
  // Before anything is settled: what is wiped now leaves the register, and so may what was stored during the look.
  const known = new Set([...before, ...deps.register.all()].map(({ collectId }) => collectId));
  const inKeychain = found.ok ? new Set(found.value) : null;
  if (!found.ok) deps.log.info('vault.keychain_not_read', { problem: found.error });
  // A check-out that goes on with an earlier intent writes the item anew, maybe since we looked.
  const unsettled = before.filter(({ collectId }) => earlier.has(collectId) && !deps.checkingOut.has(collectId));
  await Promise.all(unsettled.map((copy) => settle(deps, wipe, copy, inKeychain)));
  if (inKeychain === null) return !found.ok && found.error === 'none' && swept;
  for (const collectId of inKeychain) {
    if (!known.has(collectId)) await removeUnknown(deps, collectId);
  }
  await wipeReplaced(deps, wipe);
  return swept;
}

async function settle(
  deps: VaultDeps,
  wipe: Wipe,
  copy: VaultCopy,
  inKeychain: ReadonlySet<string> | null,
): Promise<void> {
  const { collectId, state } = copy;
  const gone = copy.heldIn === 'memory' || inKeychain?.has(collectId) === false;
  const nowMs = deps.time.now();
  switch (state) {
    case 'intended':
      if (copy.intendedAtMs + INTENT_KEPT_MS < nowMs) await abandon(deps, collectId, 'lapsed');
      else if (!gone) await removeResidue(deps, collectId);
      return;
    case 'wiping':
    case 'wipe_failed':
      await wipe({ collectId, reason: 'interrupted', foundGone: gone });
      return;
    case 'stored':
    case 'missing': {
      const overdue = overdueOrder(copy, nowMs);
      if (overdue !== null) await wipe({ ...overdue, foundGone: gone });
      else if (state === 'stored' && gone) await lose(deps, copy);
      return;
    }
    case 'abandoned':
    case 'wiped':
      return;
  }
}

/** How a copy is wiped that is past its end; null while it is not. */
export function overdueOrder({ collectId, issued }: VaultCopy, nowMs: EpochMs): WipeOrder | null {
  if (issued === null || nowMs < issued.endsAtMs) return null;
  const reason: WipeReason = 'expired';
  return { collectId, reason, dueAtMs: issued.endsAtMs };
}

async function lose(deps: VaultDeps, copy: VaultCopy): Promise<void> {
  await deps.register.change(copy.collectId, {
    move: 'find_missing',
    facts: [{ kind: 'copy.missing', data: { credential: credentialOf(copy) } }],
  });
}

/** The database was lost or put back: nobody knows any more whose it was, or when it ends. */
async function removeUnknown(deps: VaultDeps, collectId: string): Promise<void> {
  const foundAtMs = deps.time.now();
  const removed = await deps.holder.remove(collectId, 'keychain');
  deps.log.info('vault.item_without_record', { collectId, removed: removed.ok });
  const atMs = deps.time.now();
  const about = { atMs, actor: 'desktop', subject: null, resource: null, requestId: null, grantId: null } as const;
  const wiped = { credential: collectId, reason: 'unknown_copy' } as const;
  const event: OutboxEvent = removed.ok
    ? {
        ...about,
        outcome: 'success',
        kind: 'wipe.done',
        data: { ...wiped, lagMs: atMs - foundAtMs, checked: true, timeBounded: null },
      }
    : { ...about, outcome: 'failure', kind: 'wipe.failed', data: { ...wiped, attempt: 1, code: removed.error } };
  try {
    await deps.store.transaction((tx) => deps.appendRecord(tx, event));
  } catch (error) {
    deps.log.trouble('vault.not_recorded', error, { collectId });
  }
}

/** An extension was stored, and the copy that it replaces was not wiped any more. */
async function wipeReplaced(deps: VaultDeps, wipe: Wipe): Promise<void> {
  const stored = deps.register.all().filter((copy) => copy.state === 'stored');
  const replaced = new Set(stored.map((copy) => copy.issued?.extendsGrant).filter((id) => id != null));
  const old = stored.filter((copy) => copy.issued !== null && replaced.has(copy.issued.grantId));
  await Promise.all(old.map(({ collectId }) => wipe({ collectId, reason: 'replaced' })));
}
