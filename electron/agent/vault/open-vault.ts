// Puts the vault together: its verbs, its deadlines, and what the rest of the app sees of it.
import { ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { createCheckOut } from './check-out.ts';
import { createClipboardJournal } from './clipboard-journal.ts';
import { createClipboardKeys } from './clipboard-key.ts';
import type { VaultCopy } from './copy-row.ts';
import { createCopyStore } from './copy-store.ts';
import { copyToken } from './copy-token.ts';
import { createEndsOfAll } from './ends-of-all.ts';
import { overdueOrder, recover } from './recover.ts';
import { createNextCollectId } from './next-collect-id.ts';
import { createRegister } from './register.ts';
import { createSecretHolder } from './secret-holder.ts';
import { createUnwrittenWipes, type UnwrittenWipe } from './unwritten-wipes.ts';
import type { VaultDeps } from './vault-deps.ts';
import type { VaultOptions } from './vault-options.ts';
import type { LocalCopy, Vault } from './vault.ts';
import { createWipe, type Wipe } from './wipe.ts';

const UNFINISHED_AGAIN_MS = 5 * SECOND_MS;

/** Opens on a database with `vaultMigrations`. Nothing may be served before `recover()` has resolved. */
export function openVault(options: VaultOptions): Vault {
  const { time, deadlines } = options;
  const deps = partsOf(options);
  const { register } = deps;
  const wipe = createWipe(deps);
  const checkOut = createCheckOut(deps);
  /** The copies of an earlier run, once they are read. */
  let earlier: ReadonlySet<string> | null = null;
  let unfinished = false;

  const arm = ({ collectId, issued, state }: VaultCopy): void => {
    if (issued === null || (state !== 'stored' && state !== 'missing')) return;
    const order = { collectId, reason: 'expired', dueAtMs: issued.endsAtMs } as const;
    deadlines.set(`vault:end:${collectId}`, issued.endsAtMs, () => void wipe(order));
  };
  const finishRecovery = async (copies: ReadonlySet<string>): Promise<void> => {
    unfinished = !(await recover(deps, wipe, copies));
    if (unfinished) deadlines.set('vault:recover', time.now() + UNFINISHED_AGAIN_MS, () => void recheck());
  };
  const recheck = async (): Promise<void> => {
    if (earlier === null) return;
    deadlines.recheck();
    if (unfinished && (await options.keychain.probe()).ok) await finishRecovery(earlier);
    else if (unfinished) deadlines.set('vault:recover', time.now() + UNFINISHED_AGAIN_MS, () => void recheck());
    await Promise.all([wipeDue(deps, wipe), deps.journal.clearDue()]);
  };

  return {
    copies: () => register.all().map((copy) => toView(deps, copy)),
    subscribe: register.subscribe,
    checkOut: async (order) => {
      const done = await checkOut(order);
      if (!done.ok) return done;
      const copy = done.value;
      arm(copy);
      const replaced = copy.issued?.extendsGrant ?? null;
      const old = register.all().find(({ issued }) => replaced !== null && issued?.grantId === replaced);
      if (old !== undefined) await wipe({ collectId: old.collectId, reason: 'replaced' });
      return ok(toView(deps, copy));
    },
    wipe: (collectId, reason, dueAtMs) => wipe({ collectId, reason, ...(dueAtMs === undefined ? {} : { dueAtMs }) }),
    wipeAll: async (reason) => {
      deps.endsOfAll.add(reason);
      const dueAtMs = time.now();
      const wiped = await Promise.all(
        mostLifeFirst(register.all()).map(({ collectId }) => wipe({ collectId, reason, dueAtMs })),
      );
      const done = wiped.filter((result) => result.ok).length;
      return { wiped: done, failed: wiped.length - done };
    },
    copyToken: (collectId, clearAfterMs) => copyToken(deps, collectId, clearAfterMs),
    endsAt: async (collectId, endsAtMs) => {
      const issued = register.find(collectId)?.issued ?? null;
      if (issued === null) return;
      const end = Math.min(endsAtMs, issued.expiresAtMs);
      const moved = await register.change(collectId, {
        move: null,
        patch: { issued: { ...issued, endsAtMs: end } },
        facts: [],
      });
      if (moved.ok) arm(moved.value);
    },
    recover: async () => {
      await register.load();
      await deps.journal.load();
      earlier = new Set(register.all().map(({ collectId }) => collectId));
      await finishRecovery(earlier);
      for (const copy of register.all()) arm(copy);
      void deps.nextCollectId.prepare();
    },
    recheck,
    close: async () => await close(deps),
  };
}

function partsOf(options: VaultOptions): VaultDeps {
  const { store, appendRecord, log, time, keychain } = options;
  const register = createRegister(createCopyStore({ store, appendRecord, now: time.now, log }));
  const keys = createClipboardKeys(keychain);
  const holder = createSecretHolder(keychain);
  return {
    ...options,
    register,
    holder,
    nextCollectId: createNextCollectId(holder),
    unwritten: createUnwrittenWipes(),
    checkingOut: new Set(),
    unknownTold: new Set(),
    endsOfAll: createEndsOfAll(),
    clipboardKeys: keys,
    journal: createClipboardJournal({ ...options, register, keys }),
  };
}

async function close({ deadlines, register, holder, journal }: VaultDeps): Promise<void> {
  deadlines.clear('vault:recover');
  for (const { collectId } of register.all()) {
    for (const name of ['end', 'retry', 'residue']) deadlines.clear(`vault:${name}:${collectId}`);
    await holder.remove(collectId, 'memory');
  }
  // Nobody is left to take a token off the clipboard in time.
  await journal.sweep();
  journal.close();
}

/** Everything past its end, and every wipe that is not done, once more. */
async function wipeDue(deps: VaultDeps, wipe: Wipe): Promise<void> {
  const nowMs = deps.time.now();
  await Promise.all(
    deps.register.all().map(async (copy) => {
      const halfWiped = copy.state === 'wiping' || copy.state === 'wipe_failed' || deps.unwritten.has(copy.collectId);
      const order = halfWiped
        ? { collectId: copy.collectId, reason: 'interrupted' as const }
        : overdueOrder(copy, nowMs);
      if (order !== null) await wipe(order);
    }),
  );
}

/** Deleting takes the keychain its time: what would be good for longest goes first. */
function mostLifeFirst(copies: readonly VaultCopy[]): readonly VaultCopy[] {
  return [...copies].sort((one, other) => (other.issued?.endsAtMs ?? 0) - (one.issued?.endsAtMs ?? 0));
}

function toView(deps: VaultDeps, copy: VaultCopy): LocalCopy {
  const { collectId, requestId, user, resource, heldIn, intendedAtMs } = copy;
  const wiping = deps.unwritten.find(collectId);
  const started = wiping !== undefined && (copy.state === 'stored' || copy.state === 'intended');
  return {
    collectId,
    requestId,
    user,
    resource,
    // Being wiped counts as that also while the disk keeps us from writing it.
    state: started ? 'wiping' : copy.state,
    heldIn,
    intendedAtMs,
    issued: copy.issued,
    clipboardUntilMs: deps.journal.untilMs(collectId),
    wipe: wiping === undefined ? copy.wipe : wipeOf(copy, wiping),
  };
}

/** What is known of a wipe, also while the disk keeps us from writing it. */
function wipeOf({ wipe }: VaultCopy, { reason, dueAtMs, goneAtMs }: UnwrittenWipe): LocalCopy['wipe'] {
  const lagMs = goneAtMs === null ? null : Math.max(0, goneAtMs - dueAtMs);
  return { reason, dueAtMs, lagMs, problem: lagMs === null ? (wipe?.problem ?? null) : null };
}
