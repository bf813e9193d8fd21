// Delete, read back, record. A wipe runs also when nothing can be written, and one that fails stays visible and is
// tried again for ever.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { KeychainProblem } from '../keychain-port.ts';
import { abandon } from './abandon.ts';
import type { HeldIn } from './secret-holder.ts';
import type { UnwrittenWipe } from './unwritten-wipes.ts';
import type { VaultDeps } from './vault-deps.ts';
import { credentialOf } from './vault-event.ts';
import type { WipeReason } from './vault.ts';

export type Wiped = Result<null, KeychainProblem>;

export type WipeOrder = {
  readonly collectId: string;
  readonly reason: WipeReason;
  /** The lag counts from here; now if it is not said. */
  readonly dueAtMs?: EpochMs;
  /** It was found gone at the start: nobody knows when between its due time and now. */
  readonly foundGone?: boolean;
};

export type Wipe = (order: WipeOrder) => Promise<Wiped>;

const FIRST_RETRY_MS: DurationMs = SECOND_MS;
const LAST_RETRY_MS: DurationMs = 10 * MINUTE_MS;
/** Only the record is missing: a disk has room again sooner than a keychain heals. */
const LAST_RECORD_RETRY_MS: DurationMs = 5 * MINUTE_MS;
/** A keychain that cannot be used is only looked at, without a prompt and without a record: that may be done often. */
const LOOK_AGAIN_MS: DurationMs = 5 * SECOND_MS;

/** What one wipe needs beside the vault's parts. */
type Wiping = {
  readonly deps: VaultDeps;
  /** Whether the keychain can be used, without a prompt. */
  readonly usable: () => Promise<Wiped>;
  /** Arms another try and gives the problem. */
  readonly again: (order: WipeOrder, problem: KeychainProblem, afterMs: DurationMs) => Wiped;
};

/** One wipe of a copy at a time: who asks again meanwhile waits for the same one. */
export function createWipe(deps: VaultDeps): Wipe {
  const running = new Map<string, Promise<Wiped>>();
  const wipe: Wipe = (order) => {
    const known = running.get(order.collectId);
    if (known !== undefined) return known;
    const mine = wipeOne(wiping, order).finally(() => running.delete(order.collectId));
    running.set(order.collectId, mine);
    return mine;
  };
  const wiping: Wiping = {
    deps,
    usable: sharedProbe(deps),
    again: (order, problem, afterMs) => {
      deps.deadlines.set(`vault:retry:${order.collectId}`, deps.time.now() + afterMs, () => void wipe(order));
      return err(problem);
    },
  };
  return wipe;
}

async function wipeOne(wiping: Wiping, order: WipeOrder): Promise<Wiped> {
  const { deps } = wiping;
  const { collectId } = order;
  const copy = deps.register.find(collectId);
  if (copy === undefined) return ok(null);
  if (copy.state === 'missing') return await dismiss(wiping, order, copy.heldIn);
  const told = deps.unwritten.keep(collectId, {
    reason: copy.wipe?.reason ?? order.reason,
    dueAtMs: copy.wipe?.dueAtMs ?? order.dueAtMs ?? deps.time.now(),
    goneAtMs: null,
  });
  deps.deadlines.clear(`vault:end:${collectId}`);
  const opened = copy.heldIn === 'memory' ? ok(null) : await wiping.usable();
  if (!opened.ok && copy.state === 'wipe_failed') return wiping.again(order, opened.error, LOOK_AGAIN_MS);
  if (copy.state === 'intended' && opened.ok && (await undone(deps, order))) return ok(null);
  await begin(deps, collectId, told);
  const [, removed] = await Promise.all([
    deps.journal.clearOf(collectId),
    // As it is now: a check-out that was under way may have held it elsewhere than it was intended.
    opened.ok ? deps.holder.remove(collectId, deps.register.find(collectId)?.heldIn ?? copy.heldIn) : opened,
  ]);
  if (!removed.ok) return await failed(wiping, order, removed.error);
  deps.unwritten.gone(collectId, deps.time.now());
  if (!(await finish(deps, order))) recordLater(wiping, order);
  return ok(null);
}

/** It is gone, which who listens may act on; only the record of it is tried again. */
function recordLater({ deps, again }: Wiping, order: WipeOrder): void {
  const afterMs = Math.min(LAST_RECORD_RETRY_MS, backOffMs(deps.unwritten.tried(order.collectId) - 1));
  again(order, 'failed', afterMs);
  deps.register.changed();
}

/** An intent of which nothing is kept ends without a wipe. It may have been stored meanwhile: then it is wiped. */
async function undone(deps: VaultDeps, { collectId, reason }: WipeOrder): Promise<boolean> {
  const abandoned = await abandon(deps, collectId, reason);
  const left = deps.register.find(collectId);
  if (!abandoned.ok || (left !== undefined && left.state !== 'intended')) return false;
  deps.unwritten.written(collectId);
  return true;
}

async function failed(wiping: Wiping, order: WipeOrder, problem: KeychainProblem): Promise<Wiped> {
  // What cannot be written does not count in the row.
  const tried = wiping.deps.unwritten.tried(order.collectId);
  const attempts = Math.max(tried, await recordFailure(wiping.deps, order.collectId, problem));
  const unusable = problem === 'locked' || problem === 'none';
  return wiping.again(order, problem, unusable ? LOOK_AGAIN_MS : backOffMs(attempts));
}

export function backOffMs(attempts: number): DurationMs {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 20));
}

/** Many wipes at once look at the keychain once. The look brings up no prompt; deleting from a locked one would. */
function sharedProbe(deps: VaultDeps): () => Promise<Wiped> {
  let running: Promise<Wiped> | null = null;
  return () => (running ??= deps.keychain.probe().finally(() => (running = null)));
}

async function begin(deps: VaultDeps, collectId: string, { reason, dueAtMs }: UnwrittenWipe): Promise<void> {
  const copy = deps.register.find(collectId);
  if (copy === undefined || copy.state === 'wiping') return;
  const attempt = copy.wipeAttempts + 1;
  await deps.register.change(collectId, {
    move: 'start_wipe',
    patch: { wipe: { reason, dueAtMs, lagMs: null, problem: copy.wipe?.problem ?? null }, wipeAttempts: attempt },
    facts: [{ kind: 'wipe.started', data: { credential: credentialOf(copy), reason } }],
  });
}

async function finish(deps: VaultDeps, { collectId, foundGone }: WipeOrder): Promise<boolean> {
  const wiping = deps.unwritten.find(collectId);
  const copy = deps.register.find(collectId);
  if (wiping === undefined || copy === undefined) return true;
  const { reason, dueAtMs } = wiping;
  const goneAtMs = wiping.goneAtMs ?? deps.time.now();
  const lagMs = Math.max(0, goneAtMs - dueAtMs);
  const timeBounded = foundGone === true ? { notBeforeMs: Math.min(dueAtMs, goneAtMs), notAfterMs: goneAtMs } : null;
  const done = await deps.register.change(collectId, {
    move: 'wipe_done',
    patch: { wipe: { reason, dueAtMs, lagMs, problem: null }, overAtMs: deps.time.now() },
    facts: [{ kind: 'wipe.done', data: { credential: credentialOf(copy), reason, lagMs, checked: true, timeBounded } }],
  });
  if (!done.ok) return false;
  deps.unwritten.written(collectId);
  deps.deadlines.clear(`vault:retry:${collectId}`);
  return true;
}

/** Gives how often it was tried. */
async function recordFailure(deps: VaultDeps, collectId: string, problem: KeychainProblem): Promise<number> {
  const copy = deps.register.find(collectId);
  const wiping = deps.unwritten.find(collectId);
  if (copy === undefined || wiping === undefined) return 0;
  const { reason, dueAtMs } = wiping;
  const attempt = copy.wipeAttempts;
  await deps.register.change(collectId, {
    move: 'wipe_failed',
    patch: { wipe: { reason, dueAtMs, lagMs: null, problem } },
    facts: [{ kind: 'wipe.failed', data: { credential: credentialOf(copy), reason, attempt, code: problem } }],
  });
  return attempt;
}

/** A keychain that was away when it was looked for may have it again: gone is only what is looked for now. */
async function dismiss({ deps, usable, again }: Wiping, order: WipeOrder, heldIn: HeldIn): Promise<Wiped> {
  const { collectId } = order;
  await deps.journal.clearOf(collectId);
  const opened = heldIn === 'memory' ? ok(null) : await usable();
  const removed = opened.ok ? await deps.holder.remove(collectId, heldIn) : opened;
  if (!removed.ok && removed.error !== 'none') return again(order, removed.error, LOOK_AGAIN_MS);
  await deps.register.change(collectId, { move: null, patch: { overAtMs: deps.time.now() }, facts: [] });
  deps.deadlines.clear(`vault:end:${collectId}`);
  deps.deadlines.clear(`vault:retry:${collectId}`);
  return ok(null);
}
