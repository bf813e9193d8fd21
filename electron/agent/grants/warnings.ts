// Tells the person before access ends, at the points that policy sets. A point that passed while the machine slept warns
// once on waking; one that was told is never told again, also after a restart.
import type { DurationMs } from '#shared/domain/time.ts';
import { inBackground } from '../session/in-background.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy } from '../vault/vault.ts';
import { warningPoints } from './warning-points.ts';

export type Warnings = {
  /** Sets the deadlines of a stored copy; again when its end or the catalog changed. */
  readonly arm: (copy: LocalCopy) => void;
  readonly disarm: (copy: LocalCopy) => void;
  /** It is over: what was told of it need not be kept. */
  readonly forget: (copy: LocalCopy) => void;
  /** Arms all copies of a user again, by the catalog as it is now. */
  readonly armAll: (user: string) => void;
};

export function createWarnings(deps: SessionDeps): Warnings {
  const armed = new Map<string, readonly string[]>();
  const pointsOf = (copy: LocalCopy): readonly DurationMs[] =>
    warningPoints(copy, deps.personOf(copy.user)?.book.catalog().get(copy.resource));

  function disarm({ collectId }: LocalCopy): void {
    for (const id of armed.get(collectId) ?? []) deps.deadlines.cancel(id);
    armed.delete(collectId);
  }

  function arm(copy: LocalCopy): void {
    disarm(copy);
    const { issued } = copy;
    if (issued === null || copy.state !== 'stored') return;
    const ids: string[] = [];
    for (const beforeMs of pointsOf(copy)) {
      if (deps.kept.warned(issued.grantId, beforeMs)) continue;
      const id = `warn:${issued.grantId}:${beforeMs}`;
      ids.push(id);
      deps.deadlines.at(id, issued.endsAtMs - beforeMs, () => warn(copy.collectId));
    }
    armed.set(copy.collectId, ids);
  }

  /** All points that passed are one warning. */
  function warn(collectId: string): void {
    deps.changed();
    const copy = deps.vault.copies().find((held) => held.collectId === collectId);
    const { issued } = copy ?? {};
    const leftMs = (issued?.endsAtMs ?? 0) - deps.time.now();
    if (copy === undefined || issued == null || copy.state !== 'stored' || leftMs <= 0) return;
    const passed = pointsOf(copy).filter(
      (beforeMs) => leftMs <= beforeMs && !deps.kept.warned(issued.grantId, beforeMs),
    );
    if (passed.length === 0) return;
    inBackground(deps.log, 'note a warning', async () => await deps.kept.warn(issued.grantId, passed));
    const person = deps.shown();
    if (person?.user !== copy.user || !deps.settings.state().values.notifyBeforeEnd) return;
    const name = person.book.catalog().get(copy.resource)?.name ?? copy.resource;
    deps.notices.beforeEnd(copy, name, leftWords(leftMs), !issued.endsWithOperation);
  }

  return {
    arm,
    disarm,
    forget: ({ issued }) => {
      if (issued === null) return;
      inBackground(deps.log, 'forget warnings', async () => await deps.kept.forgetWarned(issued.grantId));
    },
    armAll: (user) => {
      for (const copy of deps.vault.copies()) if (copy.user === user) arm(copy);
    },
  };
}

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** `in 10 minutes`: the timer fires a little late, and nobody reads "9 minutes" as ten. */
function leftWords(leftMs: DurationMs): string {
  const minutes = Math.ceil(leftMs / 60_000);
  if (leftMs < 90_000) return words.format(Math.ceil(leftMs / 1000), 'second');
  if (minutes < 90) return words.format(minutes, 'minute');
  return words.format(Math.round(minutes / 60), 'hour');
}
