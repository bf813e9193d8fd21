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
  // Beside the rest: a clipboard that hangs must not hold up what is overdue.
  const sweeping = deps.journal.sweep();
  const before = deps.register.all();
  const found = await deps.holder.inKeychain();
  // Before anything is settled: what is wiped now leaves the register, and so may what was stored during the look.
  const known = new Set([...before, ...deps.register.all()].map(({ collectId }) => collectId));
  const inKeychain = found.ok ? new Set(found.value) : null;
  if (!found.ok) deps.log.info('vault.keychain_not_read', { problem: found.error });
  // A check-out that goes on with an earlier intent writes the item anew, maybe since we looked.
  const unsettled = before.filter(({ collectId }) => earlier.has(collectId) && !deps.checkingOut.has(collectId));
  const settled = await Promise.all(unsettled.map((copy) => settle(deps, wipe, copy, inKeychain)));
  let done = settled.every(Boolean);
  if (inKeychain === null) return !found.ok && found.error === 'none' && done && (await sweeping);
  for (const collectId of inKeychain) {
    if (!known.has(collectId) && !(await removeUnknown(deps, collectId))) done = false;
  }
  await wipeReplaced(deps, wipe);
  return (await sweeping) && done;
}

/** False: it is to be tried again, and nothing else does. */
async function settle(
  deps: VaultDeps,
  wipe: Wipe,
  copy: VaultCopy,
  inKeychain: ReadonlySet<string> | null,
): Promise<boolean> {
  const { collectId, state } = copy;
  const gone = copy.heldIn === 'memory' || inKeychain?.has(collectId) === false;
  const nowMs = deps.time.now();
  switch (state) {
    case 'intended':
      if (copy.intendedAtMs + INTENT_KEPT_MS < nowMs) return (await abandon(deps, collectId, 'lapsed')).ok;
      if (!gone) await removeResidue(deps, collectId);
      return true;
    case 'wiping':
    case 'wipe_failed':
      await wipe({ collectId, reason: 'interrupted', foundGone: gone });
      return true;
    case 'stored':
    case 'missing': {
      const overdue = overdueOrder(copy, nowMs);
      if (overdue !== null) await wipe({ ...overdue, foundGone: gone });
      else if (state === 'stored' && gone) await lose(deps, copy);
      return true;
    }
    case 'abandoned':
    case 'wiped':
      return true;
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
async function removeUnknown(deps: VaultDeps, collectId: string): Promise<boolean> {
  const foundAtMs = deps.time.now();
  const removed = await deps.holder.remove(collectId, 'keychain');
  // Tried again for ever, and told once.
  if (!removed.ok && deps.unknownTold.has(collectId)) return false;
  deps.log.info('vault.item_without_record', { collectId, removed: removed.ok });
  if (removed.ok) deps.unknownTold.delete(collectId);
  else deps.unknownTold.add(collectId);
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
  return removed.ok;
}

/** An extension was stored, and the copy that it replaces was not wiped any more. */
async function wipeReplaced(deps: VaultDeps, wipe: Wipe): Promise<void> {
  const stored = deps.register.all().filter((copy) => copy.state === 'stored');
  const replaced = new Set(stored.map((copy) => copy.issued?.extendsGrant).filter((id) => id != null));
  const old = stored.filter((copy) => copy.issued !== null && replaced.has(copy.issued.grantId));
  await Promise.all(old.map(({ collectId }) => wipe({ collectId, reason: 'replaced' })));
}
