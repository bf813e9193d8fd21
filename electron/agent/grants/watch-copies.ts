// Follows the credentials on this machine from one state to the next: arms warnings, tells of wipes, and sees to it that
// the broker learns of every end that it did not decide itself.
import type { EpochMs } from '#shared/domain/time.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy, WipeReason } from '../vault/vault.ts';
import { createEndNotes } from './end-notes.ts';
import type { Releaser } from './release.ts';
import type { Warnings } from './warnings.ts';
import { brokerKnows } from './wipe-reasons.ts';

export type WatchedCopies = {
  /** Looks at the vault now, as its own news would make it. */
  readonly look: () => void;
  /** Notes why a wipe is begun from here, and begins it. */
  readonly wipe: (copy: LocalCopy, reason: WipeReason, dueAtMs?: EpochMs) => ReturnType<SessionDeps['vault']['wipe']>;
  readonly wipeAll: (reason: WipeReason) => ReturnType<SessionDeps['vault']['wipeAll']>;
  /** Resolves when everything that was seen so far is noted. */
  readonly settled: () => Promise<void>;
};

export function watchCopies(deps: SessionDeps, releaser: Releaser, warnings: Warnings): WatchedCopies {
  const { vault } = deps;
  const ends = createEndNotes(deps, releaser);
  let before = new Map<string, LocalCopy>();
  const reasons = new Map<string, WipeReason>();
  const reasonOf = (copy: LocalCopy): WipeReason =>
    copy.wipe?.reason ??
    reasons.get(copy.collectId) ??
    ((copy.issued?.endsAtMs ?? Infinity) <= deps.time.now() ? 'expired' : 'ended_elsewhere');

  function look(): void {
    const now = new Map(vault.copies().map((copy) => [copy.collectId, copy]));
    const earlier = before;
    before = now;
    for (const copy of now.values()) {
      const was = earlier.get(copy.collectId);
      if (was === undefined || differs(copy, was)) moved(copy, was);
    }
    for (const copy of earlier.values()) if (!now.has(copy.collectId)) gone(copy);
    deps.changed();
  }

  function moved(copy: LocalCopy, was: LocalCopy | undefined): void {
    switch (copy.state) {
      case 'stored':
        return warnings.arm(copy);
      case 'missing':
        warnings.disarm(copy);
        if (was !== undefined) tell(copy, (name) => deps.notices.missing(copy, name));
        return ends.over(copy, 'ended_elsewhere', true);
      case 'wiping':
        warnings.disarm(copy);
        return ends.over(copy, reasonOf(copy), !brokerKnows(reasonOf(copy)));
      case 'wipe_failed':
        warnings.disarm(copy);
        if (was?.state !== 'wipe_failed') tell(copy, (name) => deps.notices.wipeFailed(copy, name));
        return ends.over(copy, reasonOf(copy), !brokerKnows(reasonOf(copy)));
      case 'intended':
      case 'abandoned':
      case 'wiped':
        return;
    }
  }

  /** Wiped, or given up before it was ever here. */
  function gone(copy: LocalCopy): void {
    warnings.disarm(copy);
    // The collect itself says what became of an intent.
    if (copy.state === 'intended') return;
    const reason = reasonOf(copy);
    reasons.delete(copy.collectId);
    warnings.forget(copy);
    ends.over(copy, reason, copy.state === 'missing' || !brokerKnows(reason));
    const grantId = copy.issued?.grantId;
    if (grantId === undefined || copy.state === 'missing') return;
    const view = deps.personOf(copy.user)?.book.grants().get(grantId) ?? null;
    if (reason !== 'released' && reason !== 'replaced' && reason !== 'quit')
      tell(copy, (name) => deps.notices.wiped(copy, name, reason, view));
  }

  function tell(copy: LocalCopy, show: (name: string) => void): void {
    const person = deps.shown();
    if (person?.user === copy.user) show(person.book.catalog().get(copy.resource)?.name ?? copy.resource);
  }

  vault.subscribe(look);
  look();
  return {
    look,
    wipe: async (copy, reason, dueAtMs) => {
      reasons.set(copy.collectId, reason);
      return await vault.wipe(copy.collectId, reason, dueAtMs);
    },
    wipeAll: async (reason) => {
      for (const { collectId } of vault.copies()) reasons.set(collectId, reason);
      return await vault.wipeAll(reason);
    },
    settled: async () => {
      look();
      await ends.noted();
    },
  };
}

/** In what anybody acts on: its state, its end, and whether the secret of one that is wiped is gone already. */
function differs(copy: LocalCopy, was: LocalCopy): boolean {
  const isGone = ({ wipe }: LocalCopy): boolean => (wipe?.lagMs ?? null) !== null;
  return was.state !== copy.state || was.issued?.endsAtMs !== copy.issued?.endsAtMs || isGone(was) !== isGone(copy);
}
